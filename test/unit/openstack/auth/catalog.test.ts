import { describe, expect, it } from "vitest";
import { endpointOf } from "../../../../openstack/auth/catalog.ts";
import { CloudConfigError, type EndpointInterface } from "../../../../openstack/auth/cloud-config.ts";
import { versionUrls } from "../../../../openstack/http/discovery.ts";
import { queryString } from "../../../../openstack/http/request.ts";
import { segment } from "../../../../text/url.ts";

const catalog = [
  {
    type: "compute",
    endpoints: [
      { region: "A", interface: "public", url: "http://a-public/v2.1/" },
      { region: "A", interface: "internal", url: "http://a-internal/v2.1" },
      { region: "B", interface: "public", url: "http://b-public/v2.1" },
    ],
  },
  { type: "volume", endpoints: [{ region: "A", interface: "public", url: "http://old" }] },
  { type: "volumev3", endpoints: [{ region: "A", interface: "public", url: "http://v3" }] },
];
const config = {
  name: "prod",
  source: "clouds.yaml",
  interfaces: ["public"],
  endpointOverrides: {},
  services: {},
  authUrl: "http://k/v3",
} as const;

type Settings = Parameters<typeof endpointOf>[1];
type Catalog = Parameters<typeof endpointOf>[2];

describe("the catalog", () => {
  it("gives the region's endpoint of the interface, without a slash at the end", () => {
    expect(endpointOf("compute", { ...config, region: "A" }, catalog)).toBe("http://a-public/v2.1");
    expect(endpointOf("compute", { ...config, region: "A", interfaces: ["internal"] }, catalog)).toBe(
      "http://a-internal/v2.1",
    );
    expect(endpointOf("compute", { ...config, region: "B" }, catalog)).toBe("http://b-public/v2.1");
  });

  it("prefers the interfaces in their order", () => {
    const find = (region: string, ...interfaces: EndpointInterface[]) =>
      endpointOf("compute", { ...config, region, interfaces }, catalog);
    expect(find("A", "internal", "public")).toBe("http://a-internal/v2.1");
    expect(find("A", "admin", "public")).toBe("http://a-public/v2.1");
    expect(find("B", "internal", "public")).toBe("http://b-public/v2.1");
    expect(() => find("B", "internal", "admin")).toThrow("no internal or admin endpoint");
  });

  it("gives the only region's endpoint when none is chosen, and refuses to choose among several", () => {
    expect(endpointOf("block-storage", config, catalog)).toBe("http://v3");
    const find = () => endpointOf("compute", config, catalog);
    expect(find).toThrow(CloudConfigError);
    expect(find).toThrow("the cloud has the compute service in several regions, and none is chosen");
    expect(find).toThrow("set region_name there, or OS_REGION_NAME, to one of: A, B");
  });

  it("knows old names, and prefers the newer", () => {
    expect(endpointOf("block-storage", config, catalog)).toBe("http://v3");
  });

  it("gives way to an override and to a service's own region", () => {
    expect(endpointOf("compute", { ...config, endpointOverrides: { compute: "http://own/" } }, catalog)).toBe(
      "http://own",
    );
    const services = { compute: { region: "B" } };
    expect(endpointOf("compute", { ...config, region: "A", services }, catalog)).toBe("http://b-public/v2.1");
  });

  it("keeps to the Keystone that is known to answer", () => {
    expect(endpointOf("identity", config, catalog)).toBe("http://k/v3");
  });

  const REGIONS =
    "set OS_REGION_NAME, or region_name or regions in clouds.yaml, to one of these (upper and lower case matter)";
  const CASES: [wrong: Partial<Settings>, catalog: Catalog, problem: string, fix: string, right: Partial<Settings>][] =
    [
      [
        { region: "a" },
        catalog,
        "the catalog has no endpoint of the compute service in the region a, but in: A, B",
        REGIONS,
        { region: "A" },
      ],
      [
        { region: "B", interfaces: ["internal", "admin"] },
        catalog,
        "the catalog has no internal or admin endpoint of the compute service in the region B, but: public",
        "set interface in clouds.yaml, or OS_INTERFACE, to one of these, or compute_endpoint_override in clouds.yaml",
        { interfaces: ["public"] },
      ],
      [
        {},
        catalog.slice(1),
        "the catalog has no endpoint of the compute service",
        "ask the cloud's operators to add one, or set compute_endpoint_override in clouds.yaml",
        { endpointOverrides: { compute: "http://own" } },
      ],
    ];
  it.each(CASES)(
    "names the one setting that is wrong, and what is right is found (%j)",
    (wrong, has, problem, fix, right) => {
      const find = (settings: Partial<Settings>) => endpointOf("compute", { ...config, ...wrong, ...settings }, has);
      expect(() => find({})).toThrow(expect.objectContaining({ name: "NoEndpointError", problem, fix }) as Error);
      expect(find(right)).toMatch(/^http:/);
    },
  );

  it("says that a token for no project has no catalog", () => {
    expect(() => endpointOf("compute", config, [])).toThrow(
      "the token comes without a catalog, so that the endpoint of the compute service is not known. Fix: set project_name",
    );
  });
});

describe("URLs", () => {
  it.each([
    ["http://c:8776/v3/f00", ["http://c:8776/v3/", "http://c:8776/"]],
    ["http://c/compute/v2.1", ["http://c/compute/v2.1/", "http://c/compute/"]],
    ["http://c:8778", ["http://c:8778/"]],
    ["http://c/placement", ["http://c/placement/"]],
  ])("of version documents for %s", (endpoint, urls) => {
    expect(versionUrls(endpoint)).toEqual(urls);
  });

  it.each([
    ["../flavors", "..%2Fflavors"],
    ["..", "%252E%252E"],
    ["a b?c#d", "a%20b%3Fc%23d"],
    ["f00-1", "f00-1"],
  ])("keep a typed id %j where it belongs", (id, encoded) => {
    expect(segment(id)).toBe(encoded);
  });

  it("lead nowhere else, even when read as a URL", () => {
    expect(new URL(`http://c/servers/${segment("..")}`).pathname).toBe("/servers/%252E%252E");
    expect(() => segment("")).toThrow(RangeError);
  });

  it("have a query only of what is given", () => {
    expect(queryString({ a: 1, b: ["x", "y&z"], c: undefined, d: false })).toBe("?a=1&b=x&b=y%26z&d=false");
    expect(queryString({ c: undefined })).toBe("");
  });
});
