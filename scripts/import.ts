/**
 * `npm run import -- --server NAME [--stack S] [--os-cloud C]`: writes a running server into a stack's configuration, and
 * the file by which `pulumi import` takes it into the stack's state. It changes nothing in the cloud.
 * Ends with 0, or with 2 and every problem, or with 7 if the cloud does not answer.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { adopt, type Settings } from "../adopt/adoption.ts";
import { readFacts } from "../adopt/facts.ts";
import { importCommands } from "../adopt/import-commands.ts";
import { importFile, PROJECT } from "../adopt/import-file.ts";
import { put } from "../adopt/put.ts";
import { formatProblems } from "../openstack/problems.ts";
import { checkStackFile } from "../config/stack-file.ts";
import { connect } from "../openstack/cloud.ts";
import { OpenStackError } from "../openstack/errors.ts";
import { CloudConfigError } from "../openstack/clouds-config.ts";
import { fileName } from "../text/file-name.ts";
import { argumentsOr, HELP } from "./usage.ts";
import { linesToStderr, toStdout } from "../text/print.ts";
import { parseForEdit } from "../text/yaml.ts";

const USAGE =
  "usage: npm run import -- --server NAME_OR_ID [--stack dev] [--os-cloud CLOUD] [--config-file FILE] [--out FILE]";

function fail(text: string, exitCode: number): never {
  linesToStderr(text);
  process.exit(exitCode);
}

const option = { type: "string" } as const;
const { values } = argumentsOr(USAGE, () =>
  parseArgs({
    options: { server: option, stack: option, "os-cloud": option, "config-file": option, out: option, ...HELP },
  }),
);
const { server: wanted, stack = "dev", "os-cloud": osCloud, "config-file": given, out } = values;
if (wanted === undefined || wanted === "") fail(`--server is missing\n${USAGE}`, 2);
const file = given ?? `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`;
const text = await readFile(file, "utf8").catch(() =>
  fail(`${file} is not there: make it by \`npm run new-stack -- NAME --cloud CLOUD\``, 2),
);
const document = parseForEdit(text);
if (document.errors[0] !== undefined) fail(`${file} is no YAML: ${document.errors[0].message}`, 2);
const key = (setting: string) => `${PROJECT}:${setting}`;
const config = (document.toJS() as { config?: Record<string, unknown> } | null)?.config ?? {};
const cloudName = osCloud ?? (config[key("cloud")] as string | undefined);

try {
  const cloud = await connect(cloudName === undefined ? {} : { cloud: cloudName });
  const facts = await readFacts(cloud, wanted).finally(() => cloud.session.close());
  const settings: Settings = {
    zones: (config[key("zones")] ?? {}) as Record<string, string[]>,
    defaults: (config[key("defaults")] ?? {}) as Record<string, unknown>,
    servers: (config[key("servers")] ?? {}) as Record<string, unknown>,
  };
  const adoption = adopt(facts, settings);
  if ("problems" in adoption) fail(formatProblems(`the import of ${wanted}`, adoption.problems), 2);
  const { name, server, zone, imported, notes } = adoption;
  put(document, ["config", key("servers"), name], server);
  if (zone) put(document, ["config", key("zones"), zone.name], zone.hosts);
  const problem = checkStackFile(PROJECT, file, document.toJS());
  if (problem !== undefined) fail(problem, 2);
  const short = stack.split("/").at(-1) ?? stack;
  const target = out ?? `.state/import/${fileName(short)}-${fileName(name)}.json`;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, `${JSON.stringify(importFile(short, imported), undefined, 2)}\n`);
  await writeFile(file, document.toString());
  for (const note of notes) toStdout(`note: ${note}`);
  toStdout(`${file}: ${name} was added. Nothing was changed in the cloud. Now:`);
  for (const command of importCommands(stack, target)) toStdout(`  ${command}`);
  toStdout("  # The preview shows no change of the server, its volumes or its zone.");
} catch (error) {
  if (error instanceof OpenStackError) fail(error.message, error instanceof CloudConfigError ? 2 : 7);
  throw error;
}
