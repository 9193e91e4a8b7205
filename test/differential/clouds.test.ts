/**
 * clouds.yaml, secure.yaml, clouds-public.yaml and `OS_*` are read as Debian's openstacksdk reads them. Where this program refuses
 * on purpose, the comparison names the refusal; what it accepts beyond openstacksdk is named likewise.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloudConfigError, resolveCloud } from "../../openstack/auth/clouds-config.ts";
import type { CloudConfig, CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { readCloudSources } from "../../openstack/auth/cloud-sources.ts";
import { SERVICE_TYPES } from "../../openstack/auth/service-type.ts";
import { tokenRequest } from "../../openstack/auth/token.ts";
import { VENDOR_PROFILES } from "../../openstack/auth/vendor-profiles.ts";
import { parse } from "../../openstack/auth/yaml.ts";
import { cloudsCase, completedCase, environmentCase, yamlOf } from "../support/http/clouds-arbitraries.ts";
import type { CloudsCase, Settings, Source } from "../support/http/clouds-arbitraries.ts";
import { openStackSdk, VENDORS } from "../support/http/openstacksdk.ts";
import type { OpenStackSdk, SdkCase, SdkCloud } from "../support/http/openstacksdk.ts";

const NUM_RUNS = 500;
const directory = mkdtempSync(join(tmpdir(), "clouds-"));
let sdk: OpenStackSdk;
beforeAll(async () => {
  sdk = await openStackSdk();
}, 600_000);
afterAll(() => {
  sdk.close();
  rmSync(directory, { recursive: true });
});

type Theirs = SdkCloud | { error: string };
type Ours = CloudConfig | CloudConfigError;

async function readOurs(environment: Record<string, string>, selection: CloudSelection): Promise<Ours> {
  // No file of this machine takes part.
  const places = { HOME: directory, XDG_CONFIG_HOME: directory, XDG_CONFIG_DIRS: directory };
  const sources = await readCloudSources({ ...environment, ...places }, directory);
  try {
    return resolveCloud(sources, selection);
  } catch (error) {
    if (error instanceof CloudConfigError) return error;
    throw error;
  }
}

/** @param hidden variables that only this program sees */
async function readBoth(
  input: Omit<SdkCase, "directory">,
  hidden: Record<string, string> = {},
): Promise<{ ours: Ours; theirs: Theirs }> {
  const { cloud, region } = input;
  const ours = await readOurs(
    { ...input.environment, ...hidden, ...variables(input.completed ?? {}) },
    { cloud, region },
  );
  return { ours, theirs: await sdk.read({ ...input, directory }) };
}

const variables = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`OS_${key.toUpperCase()}`, value]));

const orUnset = (value: string | null): string | undefined => (value === null || value === "" ? undefined : value);
const listOf = (value: string | readonly string[] | null) =>
  [value ?? []].flat().map((name) => name.replace(/URL$/, ""));
const base = (url: string) => url.replace(/\/+$/, "").replace(/\/(v3|v2\.0)$/, "");
const expanded = (path: string) => path.replace(/^~/, homedir());

/** Keystone demands a domain for a name; where openstacksdk has none, it is that of the scope, else `default`. */
function bodyOf(body: unknown): unknown {
  const { auth } = body as { auth: { identity: { password?: { user: Record<string, unknown> } }; scope?: Settings } };
  const user = auth.identity.password?.user;
  const project = auth.scope?.["project"] as Settings | undefined;
  for (const named of [user, project]) {
    if (named && "name" in named && !("domain" in named)) named["domain"] = auth.scope?.["domain"] ?? { id: "default" };
  }
  return body;
}

function comparable(theirs: SdkCloud) {
  return {
    name: theirs.name,
    body: bodyOf(theirs.body),
    // openstacksdk leaves it as it is at the top, where it can be no URL.
    authUrl: base(theirs.authUrl.replace("{region_name}", theirs.region ?? "")),
    region: orUnset(theirs.region),
    interfaces: listOf(theirs.interface),
    services: SERVICE_TYPES.map((service) => {
      const { endpoint, ...rest } = theirs.services[service] ?? { endpoint: null, region: null, interface: null };
      // openstacksdk asks the Keystone of auth_url when there is no scope; this program always does.
      const own = service === "identity" && endpoint === theirs.authUrl ? null : endpoint;
      const override = orUnset(own)?.replace(/\/+$/, "");
      return { service, region: orUnset(rest.region), interfaces: listOf(rest.interface), override };
    }),
    verify: theirs.verify !== false,
    cacert: typeof theirs.verify === "string" ? expanded(theirs.verify) : undefined,
    cert: theirs.cert ?? undefined,
  };
}

function ourComparable(config: CloudConfig): ReturnType<typeof comparable> {
  const { verify, cacert, cert, key } = config.tls;
  return {
    name: config.name,
    body: tokenRequest(config.auth),
    authUrl: base(config.authUrl),
    region: config.region,
    interfaces: [...config.interfaces],
    services: SERVICE_TYPES.map((service) => ({
      service,
      region: config.services[service]?.region ?? config.region,
      interfaces: [...(config.services[service]?.interfaces ?? config.interfaces)],
      override: config.endpointOverrides[service],
    })),
    verify,
    cacert: verify ? cacert : undefined,
    cert: cert !== undefined && key !== undefined ? [cert, key] : cert,
  };
}

/** What is missing in the request that openstacksdk would send; Keystone would refuse it. */
function lacks(theirs: Theirs, path: string): boolean {
  if (theirs.error !== undefined) return false;
  const user = JSON.stringify(theirs.body);
  if (/username/.test(path)) return !/"user":\{[^}]*"(id|name)"/.test(user) || /"(id|name)":null/.test(user);
  return (
    /password/.test(path) && (!user.includes('"password":{"user":{"password":') || user.includes('"password":null'))
  );
}

/** Whether a refusal is one of those that are made on purpose. */
function isIntended({ path, problem }: CloudConfigError["problems"][number], theirs: Theirs): boolean {
  if (problem === "is missing") return lacks(theirs, path);
  return false;
}

/** @returns whether something was compared */
function agree(ours: Ours, theirs: Theirs): void {
  if (ours instanceof CloudConfigError) {
    // What both refuse needs no comparison: openstacksdk names the first problem alone.
    if (theirs.error !== undefined) return;
    expect(ours.problems.filter((problem) => !isIntended(problem, theirs))).toEqual([]);
  } else if (theirs.error === undefined) {
    expect(ourComparable(ours)).toEqual(comparable(theirs));
  } else {
    expect(theirs.error).toBe("no error: this program reads it");
  }
}

const isOdd = (problem: { problem: string }) => problem.problem.endsWith("not as text");

/** The same with every value that is not text in YAML in quotes, as the refusal says to; verify and insecure are no text. */
function quoted(value: Source, key = ""): Source {
  if (Array.isArray(value)) return value.map((item) => quoted(item));
  if (typeof value === "object") return quotedAll(value);
  if (/^(true|false)$/.test(value)) return value;
  if (/^(yes|no|off)$/.test(value)) return /^(verify|insecure)$/.test(key) ? value : `"${value}"`;
  return typeof parse(value) === "string" ? value : `"${value}"`;
}
const quotedAll = (value: Settings): Settings =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [key, quoted(item, key)]));

/** Names of projects and domains may be written with hyphens, as older clients wrote all of them. */
const HYPHENS = /^(project|tenant|user_domain|project_domain)_(id|name)$|^(user|project)_domain_(id|name)$/;
function hyphened(value: Source): Source {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(hyphened);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [HYPHENS.test(key) ? key.replaceAll("_", "-") : key, hyphened(item)]),
  );
}

function writeFiles({ cloud, secure, profile, vendor, hyphens }: CloudsCase, fix: (value: Settings) => Settings): void {
  const named = profile ? { profile: "acme" } : vendor === undefined ? {} : { profile: vendor };
  const form = (value: Settings) => (hyphens ? (hyphened(fix(value)) as Settings) : fix(value));
  const write = (name: string, content: Settings) => {
    writeFileSync(join(directory, `${name}.yaml`), `${yamlOf(content).trimStart()}\n`);
  };
  write("clouds", { clouds: { prod: { ...named, ...form(cloud) } } });
  write("secure", secure ? { clouds: { prod: form(secure) } } : {});
  write("clouds-public", profile ? { "public-clouds": { acme: form(profile) } } : {});
}

async function readFiles(input: CloudsCase, more: Partial<SdkCase> = {}, hidden: Record<string, string> = {}) {
  const both = { cloud: "prod", environment: {}, ...(input.region !== undefined && { region: input.region }), ...more };
  writeFiles(input, (value) => value);
  const { ours, theirs } = await readBoth(both, hidden);
  if (!(ours instanceof CloudConfigError) || !ours.problems.some(isOdd)) return { ours, theirs };
  // The fix works: in quotes, both read the same.
  writeFiles(input, quotedAll);
  const fixed = await readBoth(both, hidden);
  expect(fixed.ours instanceof CloudConfigError ? fixed.ours.problems.filter(isOdd) : []).toEqual([]);
  return fixed;
}

describe("openstacksdk and this program agree", () => {
  it("on what files say", async () => {
    // That of Rackspace has code of its own there, for a service that this program does not use.
    const vendors = Object.keys(VENDOR_PROFILES).filter((name) => name !== "rackspace");
    await fc.assert(
      fc.asyncProperty(cloudsCase(vendors), async (input) => {
        const { ours, theirs } = await readFiles(input);
        agree(ours, theirs);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it("on a cloud of the environment", async () => {
    writeFileSync(join(directory, "clouds.yaml"), "clouds: {other: {auth: {auth_url: http://other}}}\n");
    writeFileSync(join(directory, "secure.yaml"), "");
    await fc.assert(
      fc.asyncProperty(environmentCase, async (settings) => {
        const { ours, theirs } = await readBoth({ environment: variables(settings) });
        agree(ours, theirs);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it("on a cloud of a file that variables complete", async () => {
    await fc.assert(
      fc.asyncProperty(completedCase, async ({ cloud, completed, others }) => {
        const input = {
          cloud,
          secure: undefined,
          profile: undefined,
          vendor: undefined,
          region: undefined,
          hyphens: false,
        };
        // What the file has itself is never replaced: openstacksdk sees only the variables that complete it.
        const { ours, theirs } = await readFiles(input, { completed }, variables(others));
        agree(ours, theirs);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it("on the vendor profiles that define an auth_url", () => {
    const files = readdirSync(VENDORS).filter((name) => /\.(json|yaml)$/.test(name));
    const theirs = files.flatMap((name) => {
      const { name: vendor, profile } = parse(readFileSync(join(VENDORS, name), "utf8")) as {
        name: string;
        profile: Settings;
      };
      const { auth, region_name, regions } = profile as { auth?: unknown; region_name?: string; regions?: Source[] };
      const names = regions?.map((one) => (typeof one === "string" ? one : (one as Settings)["name"]));
      return auth === undefined ? [] : [[vendor, { auth, region_name, regions: names }] as const];
    });
    expect(VENDOR_PROFILES).toEqual(Object.fromEntries(theirs));
  });
});
