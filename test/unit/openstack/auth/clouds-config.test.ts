import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CloudConfigError, loadCloudConfig, resolveCloud } from "../../../../openstack/auth/clouds-config.ts";
import type { Problem } from "../../../../openstack/problems.ts";
import type { CloudConfig, CloudSelection, CloudSources } from "../../../../openstack/auth/clouds-config.ts";
import { tokenRequest } from "../../../../openstack/auth/token.ts";

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
      interfaces: ["public"],
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

  it("is completed by variables, which replace nothing and add nothing to what says the same", () => {
    const others = { OS_AUTH_URL: "http://elsewhere", OS_USERNAME: "eve", OS_PROJECT_ID: "p", OS_TOKEN: "t" };
    expect(one({ auth }, { OS_CLOUD: "prod", ...others })).toEqual(one({ auth }));
    const partial = { auth: without("username", "password") };
    const config = one(partial, { OS_CLOUD: "prod", OS_USERNAME: "ops", OS_PASSWORD: "p", OS_PROJECT_ID: "p" });
    expect(config.auth).toMatchObject({ user: { name: "ops" }, scope: { project: { name: "prod" } } });
  });

  it("understands what settings were called before", () => {
    const rest = without("project_name");
    const config = one({ auth: { ...rest, "tenant-name": "old" }, endpoint_type: "internalURL" });
    expect(config.interfaces).toEqual(["internal"]);
    expect(config.auth).toMatchObject({ scope: { project: { name: "old" } } });
  });

  it("prefers a setting below auth to the same one at its top", () => {
    expect(one({ auth, username: "top" }).auth).toMatchObject({ user: { name: "admin" } });
    expect(one({ auth: without("username"), username: "top" }).auth).toMatchObject({ user: { name: "top" } });
  });

  it("takes default_domain_id and default_domain_name for user and project", () => {
    const bare = without("user_domain_name", "project_domain_name");
    expect(one({ auth: { ...bare, default_domain_name: "ours" } }).auth).toMatchObject({
      user: { domain: { name: "ours" } },
      scope: { project: { domain: { name: "ours" } } },
    });
    // An id wins over a name, as openstacksdk sends them.
    expect(one({ auth: { ...auth, default_domain_id: "d" } }).auth).toMatchObject({ user: { domain: { id: "d" } } });
  });

  it("takes one domain for user and project, and else the default one", () => {
    const bare = without("user_domain_name", "project_domain_name");
    expect(one({ auth: { ...bare, domain_name: "ours" } }).auth).toMatchObject({
      user: { domain: { name: "ours" } },
      scope: { project: { domain: { name: "ours" } } },
    });
    expect(one({ auth: bare }).auth).toMatchObject({ user: { domain: { id: "default" } } });
  });

  it("may list interfaces in the order of preference", () => {
    expect(one({ auth, interface: ["internalURL", "public"] }).interfaces).toEqual(["internal", "public"]);
  });

  it("starts from a vendor profile that openstacksdk has", () => {
    const config = one({ profile: "otc", auth: without("auth_url"), region_name: "eu-nl" });
    expect(config).toMatchObject({ region: "eu-nl", authUrl: "https://iam.eu-nl.otc.t-systems.com/v3" });
    expect(one({ profile: "otc", auth: without("auth_url") }).authUrl).toContain("eu-de");
  });

  it("starts from a profile of clouds-public.yaml", () => {
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

  it("may have parts of auth in each region alone", () => {
    const regions = ["A", "B"].map((name) => ({ name, values: { auth: { "auth-url": `http://${name}` } } }));
    const clouds = file({ prod: { auth: without("auth_url"), regions } });
    expect(resolve({ clouds })).toMatchObject({ region: "A", authUrl: "http://A/v3" });
    const there = resolve({ clouds }, { region: "B" });
    expect(there).toMatchObject({ authUrl: "http://B/v3", auth: { user: { name: "admin" } } });
  });

  it("may list regions with values of their own", () => {
    const regions = ["A", { name: "B", values: { interface: "internal", auth: { ...auth, auth_url: "http://b" } } }];
    const clouds = file({ prod: { auth, regions } });
    expect(resolve({ clouds })).toMatchObject({ region: "A", interfaces: ["public"] });
    expect(resolve({ clouds }, { region: "B" })).toMatchObject({ interfaces: ["internal"], authUrl: "http://b/v3" });
    expect(resolve({ clouds, environment: { OS_REGION_NAME: "B" } }).region).toBe("B");
  });

  it("may name the file of authorities in verify, and leave cacert empty", () => {
    expect(one({ auth, verify: "/etc/ca.pem", cacert: "" }).tls).toEqual({ verify: true, cacert: "/etc/ca.pem" });
    expect(one({ auth, verify: "/etc/ca.pem", cacert: "~/ca.pem" }).tls.cacert).toBe(join(homedir(), "ca.pem"));
    expect(one({ auth, verify: "/etc/ca.pem", insecure: true }).tls.verify).toBe(false);
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
    expect(config.services).toEqual({ placement: { region: "P" }, network: { interfaces: ["admin"] } });
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

  it("the whole system where there is no project", () => {
    const scopeOf = (settings: Record<string, unknown>) => tokenRequest(one({ auth: settings }).auth);
    const bare = without("project_name");
    const system = { auth: { scope: { system: { all: true } } } };
    expect(scopeOf({ ...bare, system_scope: "all" })).toMatchObject(system);
    expect(scopeOf({ ...auth, system_scope: "all" })).not.toMatchObject(system);
  });

  it("a trust, which has its own project", () => {
    const trusted = { ...without("project_name"), trust_id: "t" };
    expect(tokenRequest(one({ auth: trusted }).auth)).toMatchObject({
      auth: { scope: { "OS-TRUST:trust": { id: "t" } } },
    });
    const [problem] = problemsOf(() => one({ auth: { ...auth, trust_id: "t" } }));
    expect(problem?.problem).toBe("a trust has its own project, and another is given");
    expect(problem?.fix).toContain("remove trust_id, or the project");
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
      "a profile that would have to be fetched",
      () => one({ profile: "vexxhost", auth }),
      /profile.* not known here/,
      /auth_url.* at https:\/\/vexxhost.com\/.well-known\/openstack\/api/,
    ],
    [
      "a profile that nothing defines, without auth_url",
      () => one({ profile: "acme", auth: without("auth_url") }),
      /profile.* not known here/,
      /remove profile, and set auth_url/,
    ],
    [
      "variables without OS_AUTH_URL and no choice",
      () => one({ auth: without("username") }, { OS_USERNAME: "ops" }),
      /OS_\* variables are set without OS_AUTH_URL, and no cloud is chosen/,
      /set OS_CLOUD to one of: prod/,
    ],
    [
      "regions that are no list",
      () => one({ auth, regions: "A" }),
      /expected a list, found a string/,
      /regions: \[NAME\]/,
    ],
    [
      "a region's settings beside values",
      () => one({ auth, regions: [{ name: "A", interface: "internal" }] }),
      /a region has something else than a name and a map of values/,
      /below `values:`/,
    ],
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

  it("keep digits as text, as the openstack client does, and refuse what clients read differently", async () => {
    const load = async (name: string, text: string) => {
      const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write(name, text) };
      return await loadCloudConfig({ cloud: "prod" }, env);
    };
    const yaml = (value: string) =>
      `clouds: {prod: {auth: {auth_url: http://k, username: u, password: p, project_name: ${value}}}}\n`;
    const json = (value: string) =>
      `{"clouds": {"prod": {"auth": {"auth_url": "http://k", "username": "u", "password": "p", "project_name": ${value}}}}}`;
    for (const kept of [
      "0089",
      "12e4",
      "12345678901234567890123e45678901",
      "98765432109876543210",
      "1.5",
      "0o17",
      "1e5",
    ]) {
      const { auth: read } = await load("digits.yaml", yaml(kept));
      expect(read).toMatchObject({ scope: { project: { name: kept } } });
    }
    const { auth: read } = await load("digits.json", json("98765432109876543210"));
    expect(read).toMatchObject({ scope: { project: { name: "98765432109876543210" } } });
    for (const refused of ["0001", "0x1F", "1_000", "1.50", "1:30", "yes", "{{ name }}", "[a]"]) {
      await expect(load("refused.yaml", yaml(refused))).rejects.toThrow(
        /project_name.*not as text\. Fix: put the value in quotes/,
      );
      const { auth: fixed } = await load("fixed.yaml", yaml(`"${refused}"`));
      expect(fixed).toMatchObject({ scope: { project: { name: refused } } });
    }
    await expect(load("refused.json", json("1.50"))).rejects.toThrow("is read as a number, not as text");
    const secret = yaml("p").replace("password: p", "password: 0123");
    await expect(load("secret.yaml", secret)).rejects.toThrow(/auth.password: is read as a number, not as text/);
  });

  it("with a tag that is not plain YAML are refused, for its text would be sent as a password", async () => {
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("vault.yaml", "clouds: {prod: {password: !vault x}}") };
    await expect(loadCloudConfig({}, env)).rejects.toThrow("a tag such as !vault");
  });

  it("may have a setting twice, of which the last counts", async () => {
    const text = "clouds: {prod: {auth: {auth_url: http://a, auth_url: http://b, username: u, password: p}}}";
    const env = { HOME: directory, OS_CLIENT_CONFIG_FILE: write("twice.yaml", text) };
    expect((await loadCloudConfig({}, env)).authUrl).toBe("http://b/v3");
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
