/**
 * `npm run test:releases [-- RELEASE…]`: the engine against the real Nova of each release, on a fleet lab of its own, one after the
 * other. Without names: all releases that the lab can be made of. Exit code 0 when all tests on all of them passed.
 */
import { execa } from "execa";
import { RELEASE_NAMES, RELEASES } from "../lab/releases/index.ts";
import { seconds } from "../lab/steps.ts";
import { RELEASE_ZONES, releaseEnvironment } from "../test/support/environment.ts";

const given = process.argv.slice(2);
const wanted = RELEASE_NAMES.filter((name) => given.length === 0 || given.includes(name));
const unknown = given.filter((name) => !Object.hasOwn(RELEASES, name));
if (unknown.length > 0) {
  console.error(`no release ${unknown.join(", ")}; there are ${RELEASE_NAMES.join(", ")}`);
  process.exit(2);
}

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    interrupt.abort();
  });
}

const zones = Object.entries(RELEASE_ZONES).flatMap(([zone, hosts]) => ["--zone", `${zone}=${hosts.join(",")}`]);
const hosts = String(Object.values(RELEASE_ZONES).flat().length);
const results: string[] = [];
for (const release of wanted) {
  if (interrupt.signal.aborted) break;
  const began = performance.now();
  const env = releaseEnvironment(release);
  const step = async (file: string, args: string[], always = false): Promise<boolean> => {
    const until = always ? {} : { cancelSignal: interrupt.signal };
    const { failed } = await execa(file, args, { env, ...until, stdio: "inherit", reject: false });
    return !failed;
  };
  console.log(`\n== ${RELEASES[release].title}`);
  const up = await step("node", ["lab/cli.ts", "up", "--hosts", hosts, ...zones]);
  const passed = up && (await step("vitest", ["run", "--project", "releases"]));
  const down = await step("node", ["lab/cli.ts", "down", "--wipe"], true);
  const outcome = !up ? "the lab did not come up" : !passed ? "failed" : !down ? "the lab did not go down" : "passed";
  results.push(`${release.padEnd(8)} ${outcome} after ${seconds(performance.now() - began)}`);
  if (outcome !== "passed") process.exitCode = 1;
}
console.log(`\n${results.join("\n")}`);
if (interrupt.signal.aborted) process.exitCode = 130;
