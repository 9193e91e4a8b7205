/** clouds.yaml and what belongs to it, of all the shapes that people write; every value as its YAML source. */
import fc from "fast-check";

/** A map of settings, each the YAML source of its value, or a map or list of such. */
export type Source = string | Source[] | { [key: string]: Source };
export type Settings = Record<string, Source>;

const word = fc
  .stringMatching(/^[a-z]{2}[a-z0-9]{1,5}$/)
  .filter((text) => !/^(yes|off|null|true|false|nan|inf)$/.test(text));
/** What YAML may take for a number, a boolean or text, quoted or not. */
const odd = fc.oneof(
  fc.constantFrom(
    "0089",
    "12e4",
    "12345678901234567890123e45678901",
    "98765432109876543210",
    "'0001'",
    '"12"',
    "1.5",
    "0",
  ),
  fc.constantFrom(
    "0001",
    "0x1F",
    "017",
    "0o17",
    "1_000",
    "1.50",
    "1.0e+3",
    "1e5",
    ".5",
    "+5",
    "1:30",
    "0b11",
    "yes",
    "off",
  ),
  fc.stringMatching(/^[0-9]{1,20}$/),
  fc.stringMatching(/^[0-9]{1,8}e[0-9]{1,3}$/),
  fc.stringMatching(/^[0-9a-f]{32}$/),
  fc.stringMatching(/^[0-9][0-9._:ex+-]{0,4}[0-9]$/),
);
const text = fc.oneof({ arbitrary: word, weight: 12 }, { arbitrary: odd, weight: 1 });
const url = fc.tuple(
  fc.constantFrom("http", "https"),
  word,
  fc.constantFrom("", "/", ":5000", "/v3", "/v3/", "/v2.0", "/identity/v3"),
);
const authUrl = fc.oneof(
  url.map(([scheme, host, rest]) => `${scheme}://${host}.example.org${rest}`),
  fc.constant('"https://{region_name}.example.org/v3"'),
);
const region = fc.constantFrom("R1", "R2", "R3");
const endpoint = url.map(([scheme, host]) => `"${scheme}://${host}.example.org/{region_name}/"`);
const via = fc.oneof(
  fc.constantFrom("public", "internal", "admin", "internalURL"),
  fc.constantFrom<Source>(["internal", "public"], ["admin"], ["publicURL", "internal"]),
);
const path = fc.constantFrom("/etc/ssl/ca.pem", "~/ca.pem", "certs/ca.pem");

/** Keys below `auth:`, or at the top. */
const USER = { username: text, user_name: text, user_id: text };
const SCOPE = {
  ...{ project_name: text, project_id: text, tenant_name: text, tenant_id: text },
  ...{ domain_id: text, domain_name: text, trust_id: text, system_scope: fc.constant("all") },
};
const DOMAINS = {
  ...{ user_domain_id: text, user_domain_name: text, project_domain_id: text, project_domain_name: text },
  ...{ default_domain_id: text, default_domain_name: text },
};
const AUTH = { auth_url: authUrl, password: text, ...USER, ...SCOPE, ...DOMAINS };
const TOP = {
  ...{ interface: via, endpoint_type: fc.constantFrom("internalURL", "admin") },
  ...{
    verify: fc.oneof(fc.constantFrom("true", "false", "yes", "no"), path),
    insecure: fc.constantFrom("true", "false"),
  },
  ...{ cacert: fc.oneof(path, fc.constant('""')), cert: path },
  ...{ compute_endpoint_override: endpoint, volumev3_endpoint_override: endpoint, volume_endpoint: endpoint },
  ...{
    block_storage_endpoint: endpoint,
    placement_region_name: region,
    network_interface: via,
    image_endpoint_type: via,
  },
};

/** Few of the keys, each with a value. */
const few = (keys: Record<string, fc.Arbitrary<Source>>, most: number): fc.Arbitrary<Settings> =>
  fc
    .subarray(Object.keys(keys), { maxLength: most })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, keys[key] ?? fc.constant("")]))));

/** A cloud that can be used as it is, in one of the usual ways. */
const usual = fc.record({
  auth_url: authUrl,
  password: text,
  user: fc.oneof(fc.record({ username: text }), fc.record({ user_id: text })),
  scope: fc.oneof(
    fc.record({ project_name: text }),
    fc.record({ project_id: text }),
    fc.record({ project_name: text, project_domain_name: text }),
    fc.record({ tenant_name: text, domain_name: text }),
    fc.record({ trust_id: text }),
    fc.record({ domain_id: text }),
    fc.record({ system_scope: fc.constant("all") }),
    fc.constant({}),
  ),
  domains: few(DOMAINS, 2),
});
const usualAuth = usual.map(({ user, scope, domains, ...rest }): Settings => ({
  ...rest,
  ...user,
  ...scope,
  ...domains,
}));

/** Settings of one place: few below `auth:`, few at the top. */
const layer = fc
  .record({ auth: few(AUTH, 2), top: few({ ...TOP, ...AUTH }, 2) })
  .map(({ auth, top }): Settings => ({ ...top, ...(Object.keys(auth).length > 0 && { auth }) }));

const regions = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Settings>({}) },
  { weight: 1, arbitrary: fc.record({ region_name: fc.oneof(region, fc.constant<Source>("R1,R2")) }) },
  {
    weight: 2,
    arbitrary: fc.record({ name: region, values: layer }).map(({ name, values }): Settings => ({
      regions: [{ name, ...(Object.keys(values).length > 0 && { values }) }, "R4"],
    })),
  },
);

export interface CloudsCase {
  cloud: Settings;
  secure: Settings | undefined;
  profile: Settings | undefined;
  vendor: string | undefined;
  /** Chosen by the command line. */
  region: string | undefined;
  hyphens: boolean;
}

/** @param vendors names of profiles that clouds may start from */
export const cloudsCase = (vendors: readonly string[]): fc.Arbitrary<CloudsCase> =>
  fc
    .record({
      auth: fc.oneof({ weight: 4, arbitrary: usualAuth }, { weight: 1, arbitrary: few(AUTH, 6) }),
      top: layer,
      regions,
      secure: fc.option(layer, { nil: undefined, freq: 3 }),
      profile: fc.option(fc.tuple(layer, regions), { nil: undefined, freq: 2 }),
      vendor: fc.option(fc.constantFrom(...vendors), { nil: undefined, freq: 2 }),
      region: fc.option(region, { nil: undefined, freq: 2 }),
      hyphens: fc.boolean(),
    })
    .map(({ auth, top, regions: own, profile, ...rest }) => ({
      ...rest,
      cloud: { ...top, auth: { ...(top["auth"] as Settings | undefined), ...auth }, ...own },
      // openstacksdk takes a list in a profile's `region_name` for one name.
      profile: profile && { ...profile[0], ...(profile[1]["region_name"] !== "R1,R2" && profile[1]) },
    }));

/** The settings that a variable can hold, and what it holds for them. */
const textsOf = (settings: Settings) =>
  Object.entries(settings).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, unquoted(value)] as const] : [],
  );

const unquoted = (source: string) => source.replace(/^(["'])(.*)\1$/, "$2");

/** Variables that define a cloud, in lower case and without `OS_`. Their values are texts, not YAML. */
export const environmentCase = fc
  .record({
    auth: usualAuth,
    top: few({ ...TOP, ...AUTH, verify: path }, 3),
    region: fc.option(region, { nil: undefined }),
  })
  .map(({ auth, top, region: name }) => {
    return Object.fromEntries([
      ...textsOf({ ...auth, ...top }),
      ...(name === undefined ? [] : [["region_name", name] as const]),
    ]);
  });

const ANY_DOMAIN = ["domain_id", "domain_name", ...Object.keys(DOMAINS)];
/** What says the same as a setting: a variable completes a file only where none of these is in it. */
function equivalents(key: string): readonly string[] {
  if (key === "username" || key === "user_id") return ["username", "user_id"];
  if (/^(user|project)_domain_/.test(key)) {
    return ANY_DOMAIN.filter((name) => name.startsWith(key.slice(0, 4)) || /^(default_)?domain_/.test(name));
  }
  if (/^default_domain_/.test(key)) return ANY_DOMAIN;
  if (/^domain_/.test(key)) return [...ANY_DOMAIN, "trust_id", "system_scope"];
  return key in SCOPE ? Object.keys(SCOPE) : [key];
}

/** A cloud whose file leaves parts out that variables have, and variables that say something else of parts that the file has. */
export const completedCase = fc
  .record({ auth: usualAuth, environment: usualAuth, left: fc.subarray(Object.keys(AUTH)) })
  .map(({ auth, environment, left }) => {
    const file = Object.fromEntries(Object.entries(auth).filter(([key]) => !left.includes(key)));
    const texts = textsOf(environment);
    const isCompleted = (key: string) => !equivalents(key).some((name) => name in file);
    return {
      cloud: { auth: file },
      completed: Object.fromEntries(texts.filter(([key]) => isCompleted(key))),
      others: Object.fromEntries(texts.filter(([key]) => !isCompleted(key))),
    };
  });

/** Writes YAML; a string is the source of its value. */
export function yamlOf(value: Source, indent = ""): string {
  if (typeof value === "string") return ` ${value}`;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return value.map((item) => `\n${indent}-${yamlOf(item, inner)}`).join("");
  const entries = Object.entries(value);
  return entries.length === 0
    ? " {}"
    : entries.map(([key, item]) => `\n${indent}${key}:${yamlOf(item, inner)}`).join("");
}
