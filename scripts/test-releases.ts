/**
 * `npm run test:releases [-- RELEASE… PROFILE…]`: the engine against the real Nova of each release, first on its fleet lab, then on
 * real guests, one lab after the other. Without names: all that the lab can be made of. Exit code 0 when all tests on all of them
 * passed. What has passed is written down in test/releases/proven.json and in README's table.
 */
import { execa } from "execa";
import { RELEASE_NAMES, RELEASES, type ReleaseName } from "../lab/releases/index.ts";
import { loadLab, PROFILES, type Profile } from "../lab/settings.ts";
import { seconds } from "../lab/steps.ts";
import { FLEET_ZONES, GUEST_ZONES, releaseEnvironment } from "../test/support/environment.ts";
import { novaOf, recordProven } from "../test/support/proven.ts";

const given = process.argv.slice(2);
const known: readonly string[] = [...RELEASE_NAMES, ...PROFILES];
const unknown = given.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no release or profile ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
/** Those of `all` that were named, or all where none of them was. */
const wanted = <T extends string>(all: readonly T[]): T[] => {
  const named = all.filter((name) => given.includes(name));
  return named.length > 0 ? named : [...all];
};

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    interrupt.abort();
  });
}

const zonesOf: Record<Profile, Readonly<Record<string, readonly string[]>>> = {
  fleet: FLEET_ZONES,
  guest: GUEST_ZONES,
};
/** The guest profile's hosts are always the same. */
const hostsOf = { fleet: ["--hosts", String(Object.values(FLEET_ZONES).flat().length)], guest: [] };

/** Brings a lab up, runs its tests and takes it down, whatever comes of them. */
async function test(release: ReleaseName, profile: Profile): Promise<string> {
  const env = releaseEnvironment(release, profile);
  const step = async (file: string, args: string[], always = false): Promise<boolean> => {
    const until = always ? {} : { cancelSignal: interrupt.signal };
    const { failed } = await execa(file, args, { env, ...until, stdio: "inherit", reject: false });
    return !failed;
  };
  const zones = Object.entries(zonesOf[profile]).flatMap(([zone, hosts]) => ["--zone", `${zone}=${hosts.join(",")}`]);
  const up = await step("node", ["lab/cli.ts", "up", ...hostsOf[profile], ...zones]);
  let passed = false;
  let down = false;
  try {
    passed = up && (await step("vitest", ["run", "--project", `releases-${profile}`]));
    if (passed) await recordProven(release, profile, await novaOf(loadLab(profile, {}, { ...process.env, ...env })));
  } finally {
    down = await step("node", ["lab/cli.ts", "down", "--wipe"], true);
  }
  return !up ? "the lab did not come up" : !passed ? "failed" : !down ? "the lab did not go down" : "passed";
}

const results: string[] = [];
for (const release of wanted(RELEASE_NAMES))
  for (const profile of wanted(PROFILES)
    .filter((name) => RELEASES[release].profiles.includes(name))
    .toReversed()) {
    if (interrupt.signal.aborted) break;
    const began = performance.now();
    console.log(`\n== ${RELEASES[release].title}, ${profile} profile`);
    const outcome = await test(release, profile);
    results.push(`${release.padEnd(8)} ${profile.padEnd(6)} ${outcome} after ${seconds(performance.now() - began)}`);
    if (outcome !== "passed") process.exitCode = 1;
  }
console.log(`\n${results.join("\n")}`);
if (interrupt.signal.aborted) process.exitCode = 130;
