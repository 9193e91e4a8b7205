/**
 * `npm run config:check`: validates every stack's configuration without a cloud.
 * Ends with 0 if no file has a problem, else with 2 and every problem of every file.
 */
import { readdir, readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { PROJECT_NAME } from "../operator/import/import-file.ts";
import { checkStackFile } from "../config/file/stack-file.ts";
import { formatProblems } from "../openstack/problems.ts";
import { argumentsOr, HELP } from "../toolchain/usage.ts";
import { linesToStderr, toStdout } from "../text/print.ts";

argumentsOr("usage: npm run config:check   # checks each Pulumi.NAME.yaml (.yml, .json) of this directory", () =>
  parseArgs({ options: HELP }),
);
/** Problems of a file that cannot be read are problems of the stack. */
async function check(file: string) {
  try {
    return checkStackFile(PROJECT_NAME, file, await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const problem = {
      path: "the file",
      value: code,
      problem: "cannot be read",
      fix: "make it a file that you may read",
    };
    return { problems: [problem], notChecked: [] };
  }
}

const files = (await readdir(".")).filter((name) => /^Pulumi\..+\.(?:ya?ml|json)$/.test(name)).sort();
for (const file of files) {
  const { problems, notChecked } = await check(file);
  if (problems.length === 0) {
    toStdout(`${file}: ${notChecked.length === 0 ? "right" : "no problem found, except what was not checked"}`);
  } else {
    linesToStderr(formatProblems(file, problems));
    process.exitCode = 2;
  }
  for (const { path, reason } of notChecked) toStdout(`  ${path}: not checked: ${reason}`);
  if (!file.endsWith(".yaml")) toStdout(`  Pulumi reads this file only with --config-file ${file}`);
}
