/**
 * `npm run new-stack -- NAME`: writes the configuration of a new environment, checks it as `npm run config:check` does,
 * and says what to run next. Without `--from-cloud` it needs no network; with it the cloud is asked, and only that.
 * Ends with 0, or with 2 and every problem, or with 7 if the cloud does not answer.
 */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { PROJECT } from "../operator/import/import-file.ts";
import { formatProblems } from "../openstack/problems.ts";
import { stackFileProblems } from "../config/file/stack-file.ts";
import { CloudConfigError } from "../openstack/auth/clouds-config.ts";
import { toCloudLost } from "../migration/cloud/openstack-cloud.ts";
import { connect } from "../openstack/cloud.ts";
import { OpenStackError } from "../openstack/http/errors.ts";
import { placeProblems, readPlaces, type Places } from "../operator/new-stack/places.ts";
import { stackFile } from "../operator/new-stack/stack-file.ts";
import { readWish } from "../operator/new-stack/requested-stack.ts";
import { argumentsOr, HELP } from "../toolchain/usage.ts";
import { linesToStderr, linesToStdout } from "../text/print.ts";
import { sh } from "../text/shell.ts";
import { oneLine } from "../text/visible.ts";

const USAGE = `usage: npm run new-stack -- NAME [--cloud CLOUD] [--region REGION] [--from-cloud]
         [--zone NAME=HOST,HOST …] [--flavor FLAVOR] [--network NETWORK …] [--image IMAGE] [--config-file FILE]`;

function fail(text: string, exitCode: number): never {
  linesToStderr(text);
  process.exit(exitCode);
}

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
const wish = readWish({ ...values, names });
if ("problems" in wish) fail(`${formatProblems("the command", wish.problems)}\n${USAGE}`, 2);
const file = values["config-file"] ?? `Pulumi.${wish.stack}.yaml`;
const there = [file, file.replace(/\.yaml$/, ".yml")].find((name) => existsSync(name));
if (there !== undefined) fail(`${there} is there already, and stays as it is: edit it, or choose another name`, 2);
const folder = dirname(file);
if (!existsSync(folder))
  fail(`the folder ${folder} of --config-file is not there: make it (${sh`mkdir -p ${folder}`})`, 2);

let places: Places | undefined;
if (values["from-cloud"] === true) {
  try {
    const cloud = await connect({ cloud: wish.cloud, region: wish.region }, { onSkipped: linesToStderr });
    places = await readPlaces(cloud).finally(() => cloud.session.close());
  } catch (error) {
    if (error instanceof CloudConfigError) fail(error.message, 2);
    if (error instanceof OpenStackError) fail(toCloudLost(error).message, 7);
    throw error;
  }
  const problems = placeProblems(wish, places);
  if (problems.length > 0) fail(formatProblems(`the stack ${wish.stack}`, problems), 2);
}
const content = stackFile(wish, places);
const problem = stackFileProblems(PROJECT, file, content);
if (problem !== undefined) fail(problem, 2);
// "wx": a file that has come meanwhile stays as well.
await writeFile(file, content, { flag: "wx" });
const [stack] = names as [string];
linesToStdout(`${oneLine(file)} was written${places ? "; nothing was changed in the cloud" : ""}. Add your servers to it, then:
  npm run config:check
  pulumi login   # once; where the state lives: docs/operations.md, "State"
  ${sh`pulumi stack init ${stack}`}
  ${sh`pulumi preview --stack ${stack}`}`);
