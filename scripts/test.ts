/**
 * `npm test`: everything, with its own set-up: checks of form, unit and component tests, then labs of its own beside
 * those of `npm run lab`, the tests on them, and their end. The last line counts the tests.
 * `npm test -- PART…`: only `form`, `unit`, `pictures`, `toolchain`, `faults` (the fleet lab) or `lab` (the guest lab).
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Profile } from "../lab/settings.ts";
import { TEST_LABS, TEST_STATE, testEnvironment } from "../test/support/environment.ts";

/** What vitest's JSON reporter tells of a run. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
}

const began = Date.now();
const totals = { passed: 0, failed: 0 };

function say(text: string): void {
  console.log(`\n== ${((Date.now() - began) / 1000).toFixed(0)} s: ${text}`);
}

/** Runs one command; its failure is counted as one failed test and does not keep the others from running. */
async function step(text: string, file: string, args: string[], env: Record<string, string> = {}): Promise<boolean> {
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
    { stdio: "inherit", reject: false },
  );
  const counted = JSON.parse(await readFile(report, "utf8")) as Report;
  totals.passed += counted.numPassedTests;
  // A file that cannot be loaded has failed without any test of its own.
  totals.failed += Math.max(counted.numFailedTests, failed ? Math.max(counted.numFailedTestSuites, 1) : 0);
}

/** Tests on a lab of their own, from its start to its end. */
async function onLab(profile: Profile, up: string[], ...projects: string[]): Promise<void> {
  const env = { ...testEnvironment(profile), ...TEST_LABS[profile] };
  if (await step(`${profile} lab up`, "node", ["lab/cli.ts", "up", ...up], env)) await tests(...projects);
  await step(`${profile} lab down`, "node", ["lab/cli.ts", "down", "--wipe"], env);
}

/** What can be asked for by name; all of it without one. */
const parts = {
  form: async () => {
    await step("build", "npm", ["run", "--silent", "build"]);
    await step("formatting", "npm", ["run", "--silent", "format:check"]);
    await step("lint", "npm", ["run", "--silent", "lint"]);
    await step("types", "npm", ["run", "--silent", "typecheck"]);
  },
  unit: () => tests("unit", "component"),
  pictures: () => tests("pictures"),
  toolchain: async () => {
    if (await step("toolchain", "node", ["toolchain/setup.ts"])) await tests("toolchain");
  },
  faults: () => onLab("fleet", ["--hosts", "8"], "faults", "stacks"),
  lab: () => onLab("guest", [], "lab"),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
await mkdir(TEST_STATE, { recursive: true });
for (const [name, run] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await run();

say("done");
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
