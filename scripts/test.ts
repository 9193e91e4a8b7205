/**
 * `npm test`: everything, with its own set-up: checks of form, unit and component tests, then a lab of its own beside
 * the one of `npm run lab`, the tests on it, and the lab's end. The last line counts the tests.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { TEST_ENVIRONMENT, TEST_STATE } from "../test/support/environment.ts";

/** What vitest's JSON reporter tells of a run. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
}

const began = Date.now();
const env = { ...process.env, ...TEST_ENVIRONMENT };
const totals = { passed: 0, failed: 0 };

function say(text: string): void {
  console.log(`\n== ${((Date.now() - began) / 1000).toFixed(0)} s: ${text}`);
}

/** Runs one command; its failure is counted as one failed test and does not keep the others from running. */
async function step(text: string, file: string, args: string[]): Promise<boolean> {
  say(text);
  const { failed } = await execa(file, args, { env, stdio: "inherit", reject: false });
  totals[failed ? "failed" : "passed"]++;
  return !failed;
}

async function tests(...projects: string[]): Promise<void> {
  say(`tests: ${projects.join(", ")}`);
  const report = join(TEST_STATE, `${projects.join("-")}.json`);
  const args = ["run", ...projects.flatMap((project) => ["--project", project])];
  const { failed } = await execa(
    "vitest",
    [...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { env, stdio: "inherit", reject: false },
  );
  const counted = JSON.parse(await readFile(report, "utf8")) as Report;
  totals.passed += counted.numPassedTests;
  // A file that cannot be loaded has failed without any test of its own.
  totals.failed += Math.max(counted.numFailedTests, failed ? Math.max(counted.numFailedTestSuites, 1) : 0);
}

await mkdir(TEST_STATE, { recursive: true });
await step("build", "npm", ["run", "--silent", "build"]);
await step("formatting", "npm", ["run", "--silent", "format:check"]);
await step("lint", "npm", ["run", "--silent", "lint"]);
await step("types", "npm", ["run", "--silent", "typecheck"]);
await tests("unit", "component");
if (await step("toolchain", "node", ["toolchain/setup.ts"])) {
  await tests("toolchain");
  if (await step("lab up", "node", ["lab/cli.ts", "up"])) await tests("lab");
  await step("lab down", "node", ["lab/cli.ts", "down", "--wipe"]);
}

say("done");
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
