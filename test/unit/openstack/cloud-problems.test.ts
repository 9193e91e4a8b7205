/** What people read of a cloud's wrong configuration: every text, beside the tests of when it is told. */
import { expect, test } from "vitest";
import { CloudConfigError, resolveCloud } from "../../../openstack/auth/clouds-config.ts";
import type { CloudSelection, CloudSources } from "../../../openstack/auth/clouds-config.ts";

function told(sources: Partial<CloudSources>, selection: CloudSelection = {}): string[] {
  try {
    resolveCloud({ environment: {}, searched: ["/etc/openstack/clouds.yaml", "y", "z"], ...sources }, selection);
  } catch (error) {
    if (!(error instanceof CloudConfigError)) throw error;
    return error.problems.map(({ path, problem, fix }) => `${path}: ${problem}. Fix: ${fix}`);
  }
  return [];
}

const file = (clouds: unknown) => ({ clouds: { path: "c.yaml", content: { clouds } } });
const auth = { auth_url: "http://k:5000/v3", username: "a", password: "p", project_name: "x" };

test("settings that make no sense", () => {
  const odd = { interface: "secret", verify: "maybe", key: "k.pem", api_timeout: -1, regions: ["R1", "R2"] };
  const prod = {
    auth: { ...auth, project_name: undefined, system_scope: "half" },
    ...odd,
    compute_endpoint_override: "ftp://x",
  };
  expect(told(file({ prod }), { region: "R3" })).toEqual([
    "c.yaml: prod.region_name: is no region of this cloud. Fix: one of: R1, R2 (upper and lower case matter)",
    "c.yaml: prod.interface: is no interface. Fix: one of: public, internal, admin",
    "c.yaml: prod.auth.system_scope: is not a scope. Fix: write `all`, or leave it out",
    "c.yaml: prod.cert: is missing although key is given. Fix: name the client certificate's file",
    "c.yaml: prod.verify: is neither true nor false. Fix: write true or false",
    "c.yaml: prod.compute_endpoint_override: is no http or https URL. Fix: such as https://keystone.example.org:5000/v3",
    "c.yaml: prod.api_timeout: is no number of seconds above 0. Fix: such as 60",
  ]);
  expect(told(file({ prod: { auth: { ...auth, auth_url: "http://u:p@k/v3" } } }))).toEqual([
    "c.yaml: prod.auth.auth_url: has a user or password in it. Fix: leave them out of the URL",
  ]);
});

test("settings that need another one", () => {
  const credential = { auth_url: "http://k:5000/v3", user_id: "u", application_credential_secret: "s" };
  expect(told(file({ prod: { auth: credential } }))).toEqual([
    "c.yaml: prod.auth_type: does not fit an application credential. Fix: set auth_type: v3applicationcredential",
    "c.yaml: prod.auth.password: is missing. Fix: set OS_PASSWORD, or password below auth: in secure.yaml",
  ]);
  const fix = "remove profile, and set auth_url (below auth:) and region_name to those of the provider";
  expect(told(file({ prod: { profile: "bluebox", auth } }))).toEqual([
    `c.yaml: prod.profile: this profile's settings are not known here. Fix: ${fix}`,
  ]);
  expect(told(file({ prod: { profile: "https://cloud.example.org/x", auth } }))).toEqual([
    `c.yaml: prod.profile: this profile's settings are not known here. Fix: ${fix}, which are at https://cloud.example.org/.well-known/openstack/api`,
  ]);
  expect(
    told(file({ prod: { profile: "vexxhost", region_name: "r", auth: { ...auth, auth_url: undefined } } })),
  ).toEqual([
    `c.yaml: prod.profile: this profile's settings are not known here. Fix: ${fix}, which are at https://vexxhost.com/.well-known/openstack/api`,
  ]);
  // The fix works.
  expect(told(file({ prod: { region_name: "r", auth } }))).toEqual([]);
  // The `openstack` client goes on without a profile that nothing defines.
  expect(told(file({ prod: { profile: "acme", auth } }))).toEqual([]);
});

test("settings that are missing", () => {
  expect(told(file({ prod: { auth: { auth_url: "" } } }))).toEqual([
    "c.yaml: prod.auth.username: is missing. Fix: set OS_USERNAME, or username below auth:",
    "c.yaml: prod.auth.password: is missing. Fix: set OS_PASSWORD, or password below auth: in secure.yaml",
    "c.yaml: prod.auth.auth_url: is missing. Fix: set OS_AUTH_URL, or auth_url below auth:",
  ]);
});

const WRITE = "set OS_AUTH_URL and the other OS_* variables";
test.each<[string, Partial<CloudSources>, CloudSelection, string]>([
  ["nothing at all", {}, {}, `cloud: no cloud is configured. Fix: write a clouds.yaml, or ${WRITE}`],
  [
    "a name, and no file",
    {},
    { cloud: "x" },
    `cloud: no clouds.yaml was found that could define it. Fix: write one to /etc/openstack/clouds.yaml, or ${WRITE}`,
  ],
  [
    "several, and none is chosen",
    file({ a: {}, b: {} }),
    {},
    "cloud: several clouds are configured, and none is chosen. Fix: set OS_CLOUD to one of: a, b",
  ],
  ["another one", file({ a: {}, b: {} }), { cloud: "z" }, "cloud: c.yaml defines no such cloud. Fix: one of: a, b"],
  [
    "one without settings",
    file({ a: null, b: {} }),
    { cloud: "a" },
    "cloud: c.yaml has no settings for it. Fix: write them below its name, at least auth: with an auth_url",
  ],
  [
    "a list",
    file([]),
    {},
    "c.yaml: clouds: expected a map of names to clouds, found a list. Fix: write `clouds:` with one entry a cloud below it",
  ],
])("a choice of clouds: %s", (_, sources, selection, text) => {
  expect(told(sources, selection)).toEqual([text]);
});
