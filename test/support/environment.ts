import { join } from "node:path";

/** Where the tests keep everything: lab, Pulumi backend, reports. */
export const TEST_STATE = join(import.meta.dirname, "../../.state/test");

/** The lab of the tests stands beside the one of `npm run lab`: neither disturbs the other. */
export const TEST_ENVIRONMENT = {
  LAB_STATE: join(TEST_STATE, "lab"),
  LAB_PREFIX: "test",
  LAB_NETWORK: "10.81.0",
  LAB_PROVIDER_NETWORK: "10.82.0",
  PULUMI_BACKEND_URL: `file://${join(TEST_STATE, "pulumi")}`,
  // No run of the user's own can be journalled, or adopted, by a test.
  XDG_STATE_HOME: join(TEST_STATE, "journal"),
};
