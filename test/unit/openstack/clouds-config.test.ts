import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CloudConfigError, loadCloudConfig, resolveCloud } from "../../../openstack/clouds-config.ts";
import type { Problem } from "../../../openstack/problems.ts";
import type { CloudConfig, CloudSelection, CloudSources } from "../../../openstack/clouds-config.ts";

const auth = {
  auth_url: "http://keystone:5000/v3",
  username: "admin",
  password: "s3cret",
  project_name: "prod",
  user_domain_name: "Default",
  project_domain_name: "Default",
};

const without = (...keys: string[]) => Object.fromEntries(Object.entries(auth).filter(([key]) => !keys.includes(key)));
const file = (clouds: Record<string, unknown>) => ({ path: "clouds.yaml", content: { clouds } });
const resolve = (sources: Partial<CloudSources>, selection: CloudSelection = {}): CloudConfig =>
  resolveCloud({ environment: {}, searched: ["/etc/openstack/clouds.yaml"], ...sources }, selection);
const one = (settings: Record<string, unknown>, environment: CloudSources["environment"] = {}): CloudConfig =>
  resolve({ clouds: file({ prod: settings }), environment });

function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof CloudConfigError) return error.problems;
    throw error;
  }
  throw new Error("no problem was found");
}

describe("a cloud from clouds.yaml", () => {
  it("is the only one there is", () => {
    expect(one({ auth, region_name: "RegionOne" })).toMatchObject({
      name: "prod",
      source: "clouds.yaml",
      region: "RegionOne",
      interface: "public",
      authUrl: "http://keystone:5000/v3",
      tls: { verify: true },
      auth: {
        type: "password",
        user: { name: "admin", domain: { name: "Default" } },
        scope: { project: { name: "prod", domain: { name: "Default" } } },
      },
    });
  });

  it("is chosen by the argument, else by OS_CLOUD", () => {
    const clouds = file({ a: { auth }, b: { auth } });
    expect(resolve({ clouds, environment: { OS_CLOUD: "a" } }, { cloud: "b" }).name).toBe("b");
    expect(resolve({ clouds, environment: { OS_CLOUD: "a" } }).name).toBe("a");
  });

  it("has its secrets from secure.yaml, which wins", () => {
    const open = without("password");
    const secure = { path: "secure.yaml", content: { clouds: { prod: { auth: { password: "from-secure" } } } } };
    const config = resolve({ clouds: file({ prod: { auth: { ...open, password: "old" } } }), secure });
    expect(config.auth.type === "password" && config.auth.password.reveal()).toBe("from-secure");
  });

  it("may leave its password to OS_PASSWORD, which does not win", () => {
    const open = without("password");
    const password = (config: CloudConfig) => config.auth.type === "password" && config.auth.password.reveal();
    expect(password(one({ auth: open }, { OS_CLOUD: "prod", OS_PASSWORD: "from-env" }))).toBe("from-env");
    expect(password(one({ auth }, { OS_CLOUD: "prod", OS_PASSWORD: "from-env" }))).toBe("s3cret");
  });

  it("takes other variables for another cloud", () => {
    const config = one({ auth }, { OS_CLOUD: "prod", OS_AUTH_URL: "http://elsewhere", OS_USERNAME: "eve" });
    expect(config.authUrl).toBe("http://keystone:5000/v3");
  });

  it("understands what settings were called before", () => {
    const rest = without("project_name");
    const config = one({ auth: { ...rest, "tenant-name": "old" }, endpoint_type: "internalURL" });
    expect(config.interface).toBe("internal");
    expect(config.auth).toMatchObject({ scope: { project: { name: "old" } } });
  });

  it("prefers a setting at its top to one below auth", () => {
    expect(one({ auth, username: "top" }).auth).toMatchObject({ user: { name: "top" } });
  });

  it("takes one domain for user and project, and else the default one", () => {
    const bare = without("user_domain_name", "project_domain_name");
    expect(one({ auth: { ...bare, domain_name: "ours" } }).auth).toMatchObject({
      user: { domain: { name: "ours" } },
      scope: { project: { domain: { name: "ours" } } },
    });
    expect(one({ auth: bare }).auth).toMatchObject({ user: { domain: { id: "default" } } });
  });

  it("starts from a profile", () => {
    const profiles = {
      path: "clouds-public.yaml",
      content: { "public-clouds": { acme: { auth: { auth_url: "https://acme/" }, region_name: "X" } } },
    };
    const rest = without("auth_url");
    const config = resolve({ clouds: file({ prod: { profile: "acme", auth: rest } }), profiles });
    expect(config).toMatchObject({ authUrl: "https://acme/v3", region: "X", auth: { user: { name: "admin" } } });
  });

  it.each([
    ["http://k:5000", "http://k:5000/v3"],
    ["http://k:5000/", "http://k:5000/v3"],
    ["http://k/identity/v2.0", "http://k/identity/v3"],
    ["http://k/identity/v3/", "http://k/identity/v3"],
  ])("speaks to Keystone at %s by %s", (auth_url, url) => {
    expect(one({ auth: { ...auth, auth_url } }).authUrl).toBe(url);
  });

  it("may list regions with values of their own", () => {
    const regions = ["A", { name: "B", values: { interface: "internal", auth: { ...auth, auth_url: "http://b" } } }];
    const clouds = file({ prod: { auth, regions } });
    expect(resolve({ clouds })).toMatchObject({ region: "A", interface: "public" });
    expect(resolve({ clouds }, { region: "B" })).toMatchObject({ interface: "internal", authUrl: "http://b/v3" });
    expect(resolve({ clouds, environment: { OS_REGION_NAME: "B" } }).region).toBe("B");
  });

  it("has TLS settings, in which insecure wins", () => {
    expect(one({ auth, verify: true, insecure: "true" }).tls.verify).toBe(false);
    expect(one({ auth, verify: false }).tls.verify).toBe(false);
    expect(one({ auth, cacert: "/ca.pem", cert: "/c.pem", key: "/k.pem" }).tls).toEqual({
      verify: true,
      cacert: "/ca.pem",
      cert: "/c.pem",
      key: "/k.pem",
    });
  });

  it("may say where single services are", () => {
    const config = one({
      auth,
      compute_endpoint_override: "http://nova/v2.1/",
      volumev3_endpoint_override: "http://cinder/v3",
      placement_region_name: "P",
      network_interface: "admin",
    });
    expect(config.endpointOverrides).toEqual({ compute: "http://nova/v2.1", "block-storage": "http://cinder/v3" });
    expect(config.services).toEqual({ placement: { region: "P" }, network: { interface: "admin" } });
  });

  it("may say how long to wait, in seconds", () => {
    expect(one({ auth }).timeouts).toEqual({ connectMs: 10_000, responseMs: 60_000 });
    expect(one({ auth, api_timeout: 5 }).timeouts).toEqual({ connectMs: 5000, responseMs: 5000 });
  });
});

describe("other ways to authenticate", () => {
  it("application credentials carry their own project", () => {
    const settings = {
      auth_type: "v3applicationcredential",
      auth: { auth_url: "http://k", application_credential_id: "id-1", application_credential_secret: "x" },
    };
    expect(one(settings).auth).toMatchObject({ type: "v3applicationcredential", credential: { id: "id-1" } });
  });

  it("by name, together with their user", () => {
    const settings = {
      auth_type: "v3applicationcredential",
      auth: { ...auth, application_credential_name: "ci", application_credential_secret: "x" },
    };
    expect(one(settings).auth).toMatchObject({ credential: { name: "ci", user: { name: "admin" } } });
  });

  it("a token, also without saying so", () => {
    const bare = { auth_url: "http://k", token: "t", project_id: "p" };
    expect(one({ auth: bare }).auth).toMatchObject({ type: "token", scope: { project: { id: "p" } } });
    expect(one({ auth_type: "v3token", auth: bare }).auth.type).toBe("token");
  });

  it("the whole system instead of a project", () => {
    expect(one({ auth: { ...auth, system_scope: "all" } }).auth).toMatchObject({ scope: { system: true } });
  });
});

describe("a cloud from the environment", () => {
  const environment = {
    OS_AUTH_URL: "http://k:5000",
    OS_USERNAME: "admin",
    OS_PASSWORD: "s3cret",
    OS_PROJECT_NAME: "prod",
    OS_REGION_NAME: "RegionOne",
    OS_IDENTITY_API_VERSION: "3",
  };

  it("is called envvars and wins over several of a file", () => {
    const config = resolve({ environment, clouds: file({ a: { auth }, b: { auth } }) });
    expect(config).toMatchObject({ name: "envvars", source: "the environment (OS_*)", region: "RegionOne" });
  });

  it("gives way to OS_CLOUD", () => {
    expect(resolve({ environment: { ...environment, OS_CLOUD: "a" }, clouds: file({ a: { auth } }) }).name).toBe("a");
  });

  it("is none if only selectors are set", () => {
    const problems = problemsOf(() => resolve({ environment: { OS_REGION_NAME: "x" } }));
    expect(problems[0]?.problem).toBe("no cloud is configured");
  });
});

describe("problems", () => {
  it("are all told at once, each with its place and fix, none with a secret", () => {
    const problems = problemsOf(() =>
      one({
        auth: { auth_url: "keystone:5000", password: "s3cret" },
        interface: "pubic",
        verify: "maybe",
        api_timeout: "soon",
      }),
    );
    expect(problems.map(({ path, value }) => [path, value])).toEqual([
      ["clouds.yaml: prod.interface", "pubic"],
      ["clouds.yaml: prod.auth.username", undefined],
      ["clouds.yaml: prod.auth.auth_url", "keystone:5000"],
      ["clouds.yaml: prod.verify", "maybe"],
      ["clouds.yaml: prod.api_timeout", "soon"],
    ]);
    expect(JSON.stringify(problems)).not.toContain("s3cret");
    expect(problems.every(({ fix }) => fix.length > 0)).toBe(true);
  });

  it.each<[string, () => unknown, RegExp, RegExp]>([
    [
      "an unknown cloud",
      () => resolve({ clouds: file({ a: { auth } }) }, { cloud: "b" }),
      /defines no such cloud/,
      /one of: a/,
    ],
    ["no choice", () => resolve({ clouds: file({ a: {}, b: {} }) }), /several/, /OS_CLOUD to one of: a, b/],
    ["nothing at all", () => resolve({}), /no cloud is configured/, /clouds.yaml/],
    [
      "an unknown region",
      () => resolve({ clouds: file({ a: { auth, regions: ["A"] } }) }, { region: "a" }),
      /no region/,
      /A/,
    ],
    [
      "a way that is not supported",
      () => one({ auth_type: "v3oidcpassword", auth }),
      /not supported/,
      /v3applicationcredential/,
    ],
    ["a key without certificate", () => one({ auth, key: "/k" }), /cert/, /certificate/],
    [
      "a list of clouds",
      () => resolve({ clouds: { path: "c", content: { clouds: [] } } }),
      /found a list/,
      /one entry a cloud/,
    ],
    [
      "an empty file",
      () => resolve({ clouds: { path: "c", content: null } }, { cloud: "x" }),
      /no such cloud/,
      /OS_AUTH_URL/,
    ],
  ])("%s", (_, run, problem, fix) => {
    const [first, ...others] = problemsOf(run);
    expect(others).toEqual([]);
    expect(`${first?.path ?? ""} ${first?.problem ?? ""}`).toMatch(problem);
    expect(first?.fix).toMatch(fix);
  });

  it("does not show a URL that has a password in it", () => {
    const problems = problemsOf(() => one({ auth: { ...auth, auth_url: "http://u:hidden@k" } }));
    expect(JSON.stringify(problems)).not.toContain("hidden");
  });
});

describe("files", () => {
  const directory = mkdtempSync(join(tmpdir(), "clouds-"));
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  it("are read as YAML", async () => {
    const path = write("clouds.yaml", `clouds:\n  prod:\n    auth: {auth_url: http://k, username: u, password: p}\n`);
    const config = await loadCloudConfig({ cloud: "prod" }, { HOME: directory, OS_CLIENT_CONFIG_FILE: path });
    expect(config).toMatchObject({ name: "prod", source: path, authUrl: "http://k/v3" });
  });

  it("may say once what several clouds have in common, by anchors and merge keys", async () => {
    const text = [
      "common: &common",
      "  auth: &auth {auth_url: http://k, username: u, password: p, project_name: one}",
      "clouds:",
      "  prod: {<<: *common}",
      "  other:",
      "    <<: *common",
      "    auth: {<<: *auth, project_name: two}",
      "    region_name: B",
    ];
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("merged.yaml", text.join("\n")) };
    const authOf = (project: string) => ({ scope: { project: { name: project } } });
    expect(await loadCloudConfig({ cloud: "prod" }, env)).toMatchObject({
      authUrl: "http://k/v3",
      auth: authOf("one"),
    });
    expect(await loadCloudConfig({ cloud: "other" }, env)).toMatchObject({ region: "B", auth: authOf("two") });
  });

  it("that are broken are named with the line, and not quoted", async () => {
    const path = write("broken.yaml", `clouds:\n  prod:\n    auth: {password: "hidden\n`);
    const loading = loadCloudConfig({}, { HOME: directory, OS_CLIENT_CONFIG_FILE: path });
    await expect(loading).rejects.toThrow(`${path}:`);
    await expect(loading).rejects.toThrow("the file cannot be read as YAML or JSON");
    await expect(loading).rejects.not.toThrow("hidden");
  });
});
