/**
 * `npm run config:check`: validates every stack's configuration without a cloud.
 * Ends with 0 if all are right, else with 2 and every problem of every file.
 */
import { readdir, readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checkStackText } from "../config/stack-file.ts";
import { argumentsOr, HELP } from "./usage.ts";
import { linesToStderr, toStdout } from "../text/print.ts";

const PROJECT = "openstack-live-migration";
argumentsOr("usage: npm run config:check   # checks each Pulumi.NAME.yaml of this directory", () =>
  parseArgs({ options: HELP }),
);
const files = (await readdir(".")).filter((name) => /^Pulumi\..+\.ya?ml$/.test(name)).sort();
for (const file of files) {
  const problem = checkStackText(PROJECT, file, await readFile(file, "utf8"));
  if (problem === undefined) toStdout(`${file}: right`);
  else {
    linesToStderr(problem);
    process.exitCode = 2;
  }
}
