/**
 * `npm run new-stack -- NAME`: writes the configuration of a new environment, checks it as `npm run config:check` does,
 * and prints what to run next. Without `--from-cloud` it needs no network; with it, it reads from the cloud.
 * Exits 0; 2 with every problem; or 7 if the cloud does not answer.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT_NAME } from "../operator/import/import-file.ts";
import { formatProblems } from "../openstack/problems.ts";
import { stackFileProblems } from "../config/file/stack-file.ts";
import { placeProblems, readPlaces, type Places } from "../operator/new-stack/places.ts";
import { stackFile } from "../operator/new-stack/stack-file.ts";
import { readRequestedStack } from "../operator/new-stack/requested-stack.ts";
import { argumentsOr, HELP } from "../toolchain/usage.ts";
import { linesToStdout } from "../text/print.ts";
import { sh } from "../text/shell.ts";
import { oneLine } from "../text/visible.ts";
import { askCloud, fail } from "./ask-cloud.ts";

const USAGE = `usage: npm run new-stack -- NAME [--cloud CLOUD] [--region REGION] [--from-cloud]
         [--zone NAME=HOST,HOST …] [--flavor FLAVOR] [--network NETWORK …] [--image IMAGE] [--config-file FILE]`;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;
const { values, positionals: names } = argumentsOr(USAGE, () =>
  parseArgs({
    allowPositionals: true,
    options: {
      ...{ cloud: text, region: text, flavor: text, image: text, "config-file": text },
      ...{ zone: texts, network: texts, "from-cloud": { type: "boolean" } },
      ...HELP,
    },
  }),
);
const request = readRequestedStack({ ...values, names });
if ("problems" in request) fail(`${formatProblems("the command", request.problems)}\n${USAGE}`, 2);
const file = values["config-file"] ?? `Pulumi.${request.stack}.yaml`;
const existing = [file, file.replace(/\.yaml$/, ".yml")].find((name) => existsSync(name));
if (existing !== undefined) fail(`${existing} exists already, and was not changed: edit it, or choose another name`, 2);
const folder = dirname(file);
if (!existsSync(folder))
  fail(`the directory ${folder} of --config-file does not exist: make it (${sh`mkdir -p ${folder}`})`, 2);

let places: Places | undefined;
if (values["from-cloud"] === true) {
  places = await askCloud({ cloud: request.cloud, region: request.region }, readPlaces);
  const problems = placeProblems(request, places);
  if (problems.length > 0) fail(formatProblems(`the stack ${request.stack}`, problems), 2);
}
const content = stackFile(request, places);
const problem = stackFileProblems(PROJECT_NAME, file, content);
if (problem !== undefined) fail(problem, 2);
// "wx": a file that was made meanwhile is not overwritten.
await writeFile(file, content, { flag: "wx" });
const [stack] = names as [string];
linesToStdout(`${oneLine(file)} was written${places ? "; nothing was changed in the cloud" : ""}. Add your servers to it, then:
  npm run config:check
  pulumi login   # once; where the state lives: docs/operations.md, "State"
  ${sh`pulumi stack init ${stack}`}
  ${sh`pulumi preview --stack ${stack}`}`);
