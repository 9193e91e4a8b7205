/**
 * `npm run import -- --server NAME [--stack S] [--os-cloud C]`: writes a running server into a stack's configuration, and
 * the file with which `pulumi import` adds it to the stack's state. It changes nothing in the cloud.
 * Exits 0; 2 with every problem; or 7 if the cloud does not answer.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { adopt } from "../operator/import/adoption.ts";
import { readFacts } from "../operator/import/facts.ts";
import { importCommands } from "../operator/import/import-commands.ts";
import { importFile, PROJECT_NAME } from "../operator/import/import-file.ts";
import { stackSettings, withEntries } from "../operator/import/stack-entries.ts";
import { formatProblems } from "../openstack/problems.ts";
import { stackFileProblems } from "../config/file/stack-file.ts";
import { fileName } from "../text/file-name.ts";
import { argumentsOr, HELP } from "../toolchain/usage.ts";
import { toStdout } from "../text/print.ts";
import { askCloud, fail } from "./ask-cloud.ts";

const USAGE =
  "usage: npm run import -- --server NAME_OR_ID [--stack dev] [--os-cloud CLOUD] [--config-file FILE] [--out FILE]";

const option = { type: "string" } as const;
const { values } = argumentsOr(USAGE, () =>
  parseArgs({
    options: { server: option, stack: option, "os-cloud": option, "config-file": option, out: option, ...HELP },
  }),
);
const { server: wanted, stack = "dev", "os-cloud": osCloud, "config-file": given, out } = values;
if (wanted === undefined || wanted === "") fail(`--server is missing\n${USAGE}`, 2);
const file = given ?? `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`;
const bytes = await readFile(file).catch(() =>
  fail(`${file} does not exist: make it with \`npm run new-stack -- NAME --cloud CLOUD\``, 2),
);
const problem = stackFileProblems(PROJECT_NAME, file, bytes);
if (problem !== undefined) fail(problem, 2);
const text = bytes.toString();
const settings = stackSettings(PROJECT_NAME, file, text);

const selection = { cloud: osCloud ?? settings.cloud, region: settings.region };
const adoption = adopt(await askCloud(selection, (cloud) => readFacts(cloud, wanted)), settings);
if ("problems" in adoption) fail(formatProblems(`the import of ${wanted}`, adoption.problems), 2);
const { name, server, zone, imported, notes } = adoption;
const changed = withEntries(PROJECT_NAME, file, text, [
  { setting: "servers", name, value: server },
  ...(zone ? [{ setting: "zones" as const, name: zone.name, value: zone.hosts }] : []),
]);
if ("problems" in changed) fail(formatProblems(file, changed.problems), 2);
const short = stack.split("/").at(-1) ?? stack;
const target = out ?? `.state/import/${fileName(short)}-${fileName(name)}.json`;
await mkdir(dirname(target), { recursive: true });
await writeFile(target, `${JSON.stringify(importFile(short, imported), undefined, 2)}\n`);
await writeFile(file, changed.text);
for (const note of notes) toStdout(`note: ${note}`);
toStdout(`${file}: ${name} was added. Nothing was changed in the cloud. Now:`);
for (const command of importCommands(stack, target)) toStdout(`  ${command}`);
toStdout("  # The preview shows no change of the server, its volumes or its zone.");
