/**
 * `npm test`: everything, with its own set-up: checks of form, unit and component tests, then labs of its own beside
 * those of `npm run lab`, the tests on them, and their end. The last line counts the tests.
 * What the labs play less often is in test/nightly.
 * `npm test -- PART…`: only `form`, `unit`, `package`, `differential`, `pictures`, `toolchain`, `faults` (the fleet lab), `lab` (the guest lab) or `nightly`.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { installedVersions, installPackages, packagesOf } from "../lab/packages.ts";
import type { Profile } from "../lab/settings.ts";
import { TEST_LABS, TEST_STATE, testEnvironment } from "../test/support/environment.ts";

/** What vitest's JSON reporter tells of a run. */
interface Report {
  numPassedTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[]; duration?: number | null }[];
  }[];
}

const began = Date.now();
const totals = { passed: 0, failed: 0 };
/** What failed, each with the beginning of its reason: told once more at the end, where a long log is read first. */
const failures: string[] = [];
/** Every test with its duration in milliseconds. */
const durations: { test: string; milliseconds: number }[] = [];
/** How many of the slowest tests are listed at the end. */
const SLOWEST = 10;

/** Ctrl-C, or an end that CI asks for: what runs is ended, nothing new begins, and the labs go down. Later again: at once. */
const interrupt = new AbortController();
/** npm passes on what the terminal has sent to all: within so many milliseconds, two are one. */
const SAME = 1_000;
let interruptedAt = Infinity;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (Date.now() - interruptedAt > SAME) process.exit(130);
    interruptedAt = Math.min(interruptedAt, Date.now());
    interrupt.abort();
  });
}

function say(text: string): void {
  console.log(`\n== ${((Date.now() - began) / 1000).toFixed(0)} s: ${text}`);
}

interface StepOptions {
  env?: Record<string, string>;
  /** Whether it is run after an interrupt, too. */
  always?: boolean;
}

/** Runs one command; its failure is counted as one failed test and does not keep the others from running. */
async function step(
  text: string,
  file: string,
  args: string[],
  { env = {}, always = false }: StepOptions = {},
): Promise<boolean> {
  if (interrupt.signal.aborted && !always) return false;
  say(text);
  const until = always ? {} : { cancelSignal: interrupt.signal };
  const { failed } = await execa(file, args, { env, ...until, stdio: "inherit", reject: false });
  totals[failed ? "failed" : "passed"]++;
  if (failed) failures.push(text);
  return !failed;
}

/** The failed tests of a report, and the files that failed as a whole. */
function failuresOf({ testResults }: Report): string[] {
  const beginning = (text = "") => stripVTControlCharacters(text).trim().split("\n").slice(0, 6).join("\n    ");
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (status === "failed" && failed.length === 0) {
      // Of a hook that failed the report tells only which tests were skipped for it.
      const hook = `what comes before or after its tests failed: look for "FAIL" and ${file} above`;
      return [`${file}\n    ${beginning(message) || hook}`];
    }
    return failed.map(({ fullName, failureMessages }) => `${file} > ${fullName}\n    ${beginning(failureMessages[0])}`);
  });
}

/** @param shown Whether its output is seen at once, or only at its end: of two that run at the same time. */
async function tests(projects: readonly string[], shown = true, files: readonly string[] = []): Promise<void> {
  if (interrupt.signal.aborted) return;
  const name = projects.join(", ");
  say(`tests: ${name}${shown ? "" : " (shown at their end)"}`);
  const report = join(TEST_STATE, `${projects.join("-")}.json`);
  const args = ["run", ...projects.flatMap((project) => ["--project", project]), ...files];
  // That of an earlier run would be counted if this one ended before it wrote its own.
  await rm(report, { force: true });
  const { failed, all } = await execa(
    "vitest",
    [...args, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    {
      ...(shown ? { stdio: "inherit" } : { stdin: "ignore", all: true }),
      cancelSignal: interrupt.signal,
      reject: false,
    },
  );
  if (!shown) {
    say(`tests: ${name}, at their end`);
    console.log(all);
  }
  const written = await readFile(report, "utf8").catch(() => undefined);
  if (written === undefined) {
    totals.failed++;
    failures.push(`${name}: vitest ended without a report; its output is above`);
    return;
  }
  const counted = JSON.parse(written) as Report;
  const own = failuresOf(counted);
  if (failed && own.length === 0) own.push(`${name}: vitest failed without a failed test; its output is above`);
  failures.push(...own);
  for (const { name: file, assertionResults } of counted.testResults) {
    for (const { fullName, duration } of assertionResults) {
      durations.push({ test: `${relative(process.cwd(), file)} > ${fullName}`, milliseconds: duration ?? 0 });
    }
  }
  totals.passed += counted.numPassedTests;
  totals.failed += own.length;
}

/** Tests that want a lab of their own, which lives as long as they run. */
interface LabPart {
  profile: Profile;
  up: readonly string[];
  projects: readonly string[];
  files: readonly string[];
}

/**
 * Brings the labs up one after the other (packages cannot be installed twice at once), and runs the tests on all of them at the same
 * time: much of either is waiting.
 */
async function onLabs(parts: readonly LabPart[]): Promise<void> {
  const lab = (what: "up" | "down", { profile }: LabPart, ...args: string[]) =>
    step(`${profile} lab ${what}`, "node", ["lab/cli.ts", what, ...args], {
      env: { ...testEnvironment(profile), ...TEST_LABS[profile] },
      always: what === "down",
    });
  const ready: LabPart[] = [];
  for (const part of parts) if (await lab("up", part, ...part.up)) ready.push(part);
  await Promise.all(ready.map(({ projects, files }, i) => tests(projects, i === 0, files)));
  for (const part of parts) await lab("down", part, "--wipe");
}

/** What each part needs of Debian. */
const PACKAGES: Record<string, readonly string[]> = {
  differential: ["python3-openstacksdk"],
  pictures: ["chromium"],
  toolchain: ["postgresql-15"],
  lab: packagesOf("guest"),
  faults: packagesOf("fleet"),
  nightly: packagesOf("guest"),
};

/** Installs what is missing. A failure is left to the part that needs the package: it tries again, and says why. */
async function debianPackages(names: readonly string[]): Promise<void> {
  const wanted = [...new Set(names.flatMap((name) => PACKAGES[name] ?? []))];
  const installed = await installedVersions(wanted);
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  say(`Debian packages: ${String(missing.length)} to install, beside what follows`);
  const problem = await installPackages(missing, () => undefined).catch((error: unknown) => error as Error);
  say(`Debian packages: ${problem ? problem.message : "installed"}`);
}

/** What can be asked for by name; all of it without one. The first three need no package of Debian. */
const parts = {
  form: async () => {
    await step("build", "npm", ["run", "--silent", "build"]);
    await step("formatting", "npm", ["run", "--silent", "format:check"]);
    await step("lint", "npm", ["run", "--silent", "lint"]);
    await step("types", "npm", ["run", "--silent", "typecheck"]);
  },
  unit: () => tests(["unit", "component"]),
  package: async () => {
    await step("package", "npm", ["run", "--silent", "lint:package"]);
    await tests(["package"]);
  },
  differential: () => tests(["differential"]),
  pictures: () => tests(["pictures"]),
  toolchain: async () => {
    if (await step("toolchain", "node", ["toolchain/setup.ts"])) await tests(["toolchain"]);
  },
};
const FLEET = { profile: "fleet", up: ["--hosts", "8"], projects: ["faults", "stacks"] } as const;
const labParts: Record<string, LabPart[]> = {
  lab: [{ profile: "guest", up: [], projects: ["lab"], files: ["test/lab/"] }],
  faults: [{ ...FLEET, files: ["test/faults/", "test/stacks/"] }],
  nightly: [
    { profile: "guest", up: [], projects: ["lab"], files: ["test/nightly/"] },
    { ...FLEET, files: ["test/nightly/"] },
  ],
};

const wanted = process.argv.slice(2);
const names = [...Object.keys(parts), ...Object.keys(labParts)];
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no part ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(2);
}
const isWanted = ([name]: [string, unknown]) => (wanted.length === 0 ? name !== "nightly" : wanted.includes(name));
await mkdir(TEST_STATE, { recursive: true });
// For minutes that uses one of the machine's cores at most.
const packages = debianPackages(names.filter((name) => isWanted([name, undefined])));
for (const [name, run] of Object.entries(parts).filter(isWanted)) {
  if (name in PACKAGES) await packages;
  await run();
}
await packages;
await onLabs(
  Object.entries(labParts)
    .filter(isWanted)
    .flatMap(([, part]) => part),
);

say(interrupt.signal.aborted ? "interrupted" : "done");
const slowest = durations.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, SLOWEST);
if (slowest.length > 0) {
  const lines = slowest.map(({ test, milliseconds }) => `  ${(milliseconds / 1000).toFixed(1).padStart(6)} s  ${test}`);
  console.log(`\nThe slowest tests:\n${lines.join("\n")}`);
}
if (failures.length > 0) console.log(`\nWhat failed:\n${failures.map((failure) => `  ${failure}`).join("\n")}\n`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = interrupt.signal.aborted ? 130 : totals.failed === 0 ? 0 : 1;
