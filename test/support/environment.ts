import { join } from "node:path";
import { RELEASES, type ReleaseName } from "../../lab/releases/index.ts";
import type { Profile } from "../../lab/settings.ts";

/** Where the tests keep everything: labs, Pulumi backends, reports. */
export const TEST_STATE = join(import.meta.dirname, "../../.state/test");

/** How the tests' labs are set apart from those of `npm run lab`: neither disturbs the other. */
export const TEST_LABS: Record<Profile, { LAB_PREFIX: string; LAB_NETWORK: string; LAB_PROVIDER_NETWORK: string }> = {
  guest: { LAB_PREFIX: "test", LAB_NETWORK: "10.81.0", LAB_PROVIDER_NETWORK: "10.82.0" },
  fleet: { LAB_PREFIX: "testflt", LAB_NETWORK: "10.83.0", LAB_PROVIDER_NETWORK: "10.84.0" },
};

/** Where the tests on a profile of the lab keep what is theirs. */
export const testHome = (profile: Profile): string => join(TEST_STATE, profile);

/** What leads tests, and what they start, to the tests' lab of a profile. */
export function testEnvironment(profile: Profile) {
  return {
    LAB_PROFILE: profile,
    LAB_STATE: join(testHome(profile), "lab"),
    PULUMI_BACKEND_URL: `file://${join(testHome(profile), "pulumi")}`,
    // No run of the user's own can be journalled, or adopted, by a test.
    XDG_STATE_HOME: join(testHome(profile), "journal"),
  };
}

/** The release that the release test is about, by LAB_RELEASE. @default "zed" */
export const testedRelease = (): ReleaseName =>
  (Object.keys(RELEASES) as ReleaseName[]).find((name) => name === process.env["LAB_RELEASE"]) ?? "zed";

/** Hosts of the release test's fleet by zone: the next host is always in the other zone. */
export const FLEET_ZONES = { nova: ["node-01", "node-03"], nova2: ["node-02", "node-04"] } as const;
/** Those of its guest profile. */
export const GUEST_ZONES = { nova: ["node-27", "node-28"], nova2: ["node-31"] } as const;

/** How the release test's labs are set apart from all others, and one profile's from the other's. */
const RELEASE_LABS: typeof TEST_LABS = {
  guest: { LAB_PREFIX: "testrel", LAB_NETWORK: "10.95.0", LAB_PROVIDER_NETWORK: "10.96.0" },
  fleet: { LAB_PREFIX: "testrelf", LAB_NETWORK: "10.99.0", LAB_PROVIDER_NETWORK: "10.100.0" },
};

/** What leads the release test to the lab of a release and profile. */
export function releaseEnvironment(release: ReleaseName, profile: Profile) {
  const home = join(TEST_STATE, "releases", release, profile);
  return {
    LAB_PROFILE: profile,
    LAB_RELEASE: release,
    ...RELEASE_LABS[profile],
    LAB_STATE: join(home, "lab"),
    XDG_STATE_HOME: join(home, "journal"),
  };
}
