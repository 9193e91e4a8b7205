import { join } from "node:path";
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
