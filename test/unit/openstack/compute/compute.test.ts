import { describe, expect, it } from "vitest";
import type { Microversion } from "../../../../openstack/http/microversion.ts";
import { mockCloud } from "../../../support/http/mock-cloud.ts";
import type { MockCloud } from "../../../support/http/mock-cloud.ts";
import { fixture } from "../fixture.ts";

const ID = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
const FLAVOR = "f49a47ae-30c3-411f-ab15-15963c6fe1e4";
const recorded = fixture("server-2.93") as { server: Record<string, unknown> };
const server = (over: Record<string, unknown> = {}) => ({ ...recorded.server, ...over });
const cloudAt = (max: Microversion): MockCloud => mockCloud({ microversions: { compute: { min: "2.1", max } } });
const versionOf = (mock: MockCloud) => mock.calls.at(-1)?.headers["openstack-api-version"];

describe("a server", () => {
  it("is read as a real cloud shows it", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${ID}`, { body: recorded });
    expect(await mock.cloud.compute.getServer(ID)).toEqual({
      id: ID,
      name: "admin_vm01",
      status: "ACTIVE",
      taskState: null,
      vmState: "active",
      powerState: 1,
      host: "node-28",
      hypervisorHostname: "node-28",
      rootDevice: "/dev/vda",
      availabilityZone: "nova",
      pinnedAvailabilityZone: undefined,
      locked: false,
      image: null,
      flavor: {
        originalName: "m1.nano",
        vcpus: 1,
        ramMiB: 128,
        diskGiB: 0,
        ephemeralGiB: 0,
        swapMiB: 0,
        extraSpecs: {},
      },
      configDrive: false,
      volumesAttached: [{ id: "d655ff3f-5dc7-4204-96e7-cfcfa9a8e209" }, { id: "5229a053-a84a-4845-adcd-d90379553467" }],
      serverGroups: [],
      addresses: [{ network: "flat", address: "10.88.0.132", version: 4, type: "fixed", mac: "fa:16:3e:af:59:4b" }],
      hostId: "d2e85c290fe7e37af565d2a4ce6f4398b0b297e5c0d4b3e92b583847",
      projectId: "0c68eaedee9b4c48a2516c7c6428c922",
      progress: 0,
      fault: undefined,
      updated: "2026-11-23T20:23:58Z",
    });
    expect(versionOf(mock)).toBe("compute 2.93");
  });

  it("of an old cloud has its flavor looked up, once", async () => {
    const mock = cloudAt("2.46")
      .answer("compute", `GET /servers/${ID}`, { body: fixture("server-2.46") })
      .answer("compute", `GET /flavors/${FLAVOR}`, { body: fixture("flavor-2.46") });
    const { flavor, serverGroups } = await mock.cloud.compute.getServer(ID);
    await mock.cloud.compute.getServer(ID);
    expect(flavor).toEqual({
      originalName: "m1.nano",
      id: FLAVOR,
      vcpus: 1,
      ramMiB: 128,
      diskGiB: 0,
      ephemeralGiB: 0,
      swapMiB: 0,
      extraSpecs: undefined,
    });
    expect(serverGroups).toBeUndefined();
    expect(mock.log("compute").filter((line) => line.includes("flavors"))).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["pinned", { pinned_availability_zone: "nova" }, { pinnedAvailabilityZone: "nova" }],
    ["not pinned", { pinned_availability_zone: null }, { pinnedAvailabilityZone: null }],
    ["without a host", { "OS-EXT-AZ:availability_zone": "" }, { availabilityZone: null }],
    ["without addresses", { addresses: null }, { addresses: [] }],
    [
      "with a network whose addresses cannot be read",
      { addresses: { odd: null, flat: [null, { addr: "10.88.0.132", version: 4 }] } },
      { addresses: [expect.objectContaining({ network: "flat", address: "10.88.0.132" })] },
    ],
    ["from an image", { image: { id: "i" } }, { image: "i" }],
    ["with a config drive", { config_drive: "True" }, { configDrive: true }],
    ["broken", { fault: { code: 500, message: "no" } }, { fault: "no" }],
    ["migrating", { "OS-EXT-STS:task_state": "migrating" }, { taskState: "migrating" }],
    ["seen by its owner", { "OS-EXT-SRV-ATTR:host": undefined }, { host: undefined }],
  ])("may be %s", async (_, over, expected) => {
    const mock = mockCloud().answer("compute", `GET /servers/${ID}`, { body: { server: server(over) } });
    expect(await mock.cloud.compute.getServer(ID)).toMatchObject(expected);
  });

  it.each<[string, unknown, string]>([
    ["no server", { servers: [] }, "server: expected an object, found nothing"],
    ["a list", [], "expected an object, found a list"],
    ["a number for a name", { server: server({ name: 1 }) }, "server.name: expected a string, found a number"],
    ["no status", { server: server({ status: null }) }, "server.status: expected a string, found null"],
    ["half a volume", { server: server({ "os-extended-volumes:volumes_attached": [{}] }) }, "volumes_attached[0].id"],
  ])("that makes no sense (%s) is an error which names the field", async (_, body, problem) => {
    const mock = mockCloud().answer("compute", `GET /servers/${ID}`, { body });
    await expect(mock.cloud.compute.getServer(ID)).rejects.toThrow(problem);
  });
});

describe("finding servers", () => {
  it("takes an id for an id first", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${ID}`, { body: recorded });
    expect(await mock.cloud.compute.findServers(ID)).toHaveLength(1);
    expect(mock.log("compute")).toEqual([`GET /servers/${ID}`]);
  });

  it("takes it for a name if no server has it", async () => {
    const named = server({ id: "other", name: ID });
    const mock = mockCloud()
      .answer("compute", `GET /servers/${ID}`, { status: 404 })
      .answer("compute", "GET /servers/detail", { body: { servers: [named] } });
    expect((await mock.cloud.compute.findServers(ID)).map(({ id }) => id)).toEqual(["other"]);
  });

  it("finds exactly the name, in which nothing is a pattern", async () => {
    const servers = [server({ name: "web.1" }), server({ name: "web-1" })];
    const mock = mockCloud().answer("compute", "GET /servers/detail", { body: { servers } });
    const found = await mock.cloud.compute.findServers("web.1", { allProjects: true });
    expect(found.map(({ name }) => name)).toEqual(["web.1"]);
    expect(mock.calls.at(-1)?.query.get("name")).toBe(String.raw`^web\.1$`);
    expect(mock.calls.at(-1)?.query.get("all_tenants")).toBe("true");
  });

  it("are those on the host alone, also where Nova takes no notice of that filter", async () => {
    const servers = [server(), server({ id: "other", "OS-EXT-SRV-ATTR:host": "node-27" })];
    const mock = mockCloud().answer("compute", "GET /servers/detail", { body: { servers } });
    expect((await mock.cloud.compute.getServers({ host: "node-28" })).map(({ id }) => id)).toEqual([ID]);
  });

  it("reads all pages, by the links, and no page twice", async () => {
    const next = (marker: string) => [
      { rel: "next", href: `http://inside/v2.1/servers/detail?marker=${marker}&all_tenants=true` },
    ];
    const mock = mockCloud()
      .answer("compute", "GET /servers/detail", { body: { servers: [server({ id: "a" })], servers_links: next("a") } })
      .answer("compute", "GET /servers/detail?marker=a", {
        body: { servers: [server({ id: "b" })], servers_links: next("a") },
      });
    const found = await mock.cloud.compute.getServers({ allProjects: true });
    expect(found.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(mock.log("compute")).toHaveLength(2);
  });

  it("asks for a few by their ids, and leaves out those that are gone", async () => {
    const mock = mockCloud()
      .answer("compute", "GET /servers/a", { body: { server: server({ id: "a" }) } })
      .answer("compute", "GET /servers/b", { status: 404 });
    expect((await mock.cloud.compute.getServers({ ids: ["a", "b"] })).map(({ id }) => id)).toEqual(["a"]);
  });

  it("finds many in the list of all", async () => {
    const servers = ["a", "b", "c", "d", "e", "f"].map((id) => server({ id }));
    const mock = mockCloud().answer("compute", "GET /servers/detail", { body: { servers } });
    const found = await mock.cloud.compute.getServers({ ids: ["a", "b", "c", "d", "e", "x"] });
    expect(found.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
    expect(mock.log("compute")).toHaveLength(1);
  });
});

describe("hosts", () => {
  it("have services", async () => {
    const mock = mockCloud().answer("compute", "GET /os-services?binary=nova-compute", {
      body: fixture("services-2.93"),
    });
    const services = await mock.cloud.compute.getServices({ binary: "nova-compute" });
    expect(
      services.map(({ host, zone, status, state, forcedDown }) => [host, zone, status, state, forcedDown]),
    ).toEqual([
      ["node-31", "nova2", "enabled", "up", false],
      ["node-27", "nova", "enabled", "up", false],
      ["node-28", "nova", "enabled", "up", false],
    ]);
  });

  it("have hypervisors, asked for in the last version that has their use of memory", async () => {
    const mock = mockCloud().answer("compute", "GET /os-hypervisors/detail", { body: fixture("hypervisors-2.87") });
    const [first] = await mock.cloud.compute.getHypervisors();
    expect(first).toMatchObject({
      id: "8977bd36-c949-47bf-b2df-9f5046b72579",
      serviceHost: "node-31",
      hypervisorType: "QEMU",
      hypervisorVersion: 7002022,
    });
    expect(versionOf(mock)).toBe("compute 2.87");
  });

  it("are in aggregates", async () => {
    const mock = mockCloud().answer("compute", "GET /os-aggregates", { body: fixture("aggregates-2.93") });
    expect(await mock.cloud.compute.getAggregates()).toMatchObject([
      { name: "agg-nova", hosts: ["node-27", "node-28"], availabilityZone: "nova" },
      { name: "agg-nova2", hosts: ["node-31"], availabilityZone: "nova2" },
    ]);
  });

  it("are not shown to everybody", async () => {
    const mock = mockCloud().answer("compute", "GET /os-services", {
      status: 403,
      body: { forbidden: { message: "no" } },
    });
    await expect(mock.cloud.compute.getServices()).rejects.toMatchObject({ status: 403, reason: "no" });
  });
});

describe("server groups", () => {
  const group = { id: "g", name: "apart", policy: "anti-affinity", rules: { max_server_per_host: 2 }, members: ["a"] };

  it("have a policy, in both forms that Nova writes", async () => {
    const { policy, rules, ...bare } = group;
    const mock = mockCloud()
      .answer("compute", "GET /os-server-groups/g", { body: { server_group: { ...bare, policy, rules } } })
      .answer("compute", "GET /os-server-groups/old", { body: { server_group: { ...bare, policies: ["affinity"] } } })
      .answer("compute", "GET /os-server-groups/gone", { status: 404 });
    const { compute } = mock.cloud;
    expect(await compute.getServerGroup("g")).toMatchObject({
      policy: "anti-affinity",
      maxServerPerHost: 2,
      members: ["a"],
    });
    expect(await compute.getServerGroup("old")).toMatchObject({ policy: "affinity", maxServerPerHost: undefined });
    expect(await compute.getServerGroup("gone")).toBeUndefined();
  });

  it("come in pages without links", async () => {
    const page = (length: number) => ({ body: { server_groups: Array.from({ length }, () => group) } });
    const mock = mockCloud().answer("compute", "GET /os-server-groups", page(1000), page(1));
    expect(await mock.cloud.compute.getServerGroups({ allProjects: true })).toHaveLength(1001);
    expect(mock.log("compute")).toEqual([
      "GET /os-server-groups?all_projects=True",
      "GET /os-server-groups?all_projects=True&offset=1000",
    ]);
  });
});
