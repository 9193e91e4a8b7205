import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CloudConfig } from "../../../../openstack/auth/clouds-config.ts";
import { tokenRequest } from "../../../../openstack/auth/token.ts";
import { auth, file, one, problemsOf, resolve, without } from "../../../support/http/cloud-settings.ts";

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

  it("may name domains and projects with hyphens, which win over the same name with underscores, wherever it stands", () => {
    const below = { ...auth, user_domain_name: "below", project_name: "below" };
    const tokens = one({ auth: below, "user-domain-name": "above", "project-name": "p", "user-domain-id": null });
    expect(tokenRequest(tokens.auth)).toMatchObject({
      auth: {
        identity: { password: { user: { domain: { name: "above" } } } },
        scope: { project: { name: "p" } },
      },
    });
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
  it("are all reported at once, each with its place and fix, none with a secret", () => {
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
