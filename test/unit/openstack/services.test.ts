import { describe, expect, it } from "vitest";
import { mockCloud } from "../../support/http/mock-cloud.ts";
import { fixture } from "./fixture.ts";

const SERVER = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
const BOOT = "d655ff3f-5dc7-4204-96e7-cfcfa9a8e209";
const DATA = "5229a053-a84a-4845-adcd-d90379553467";
const NODE_31 = "8977bd36-c949-47bf-b2df-9f5046b72579";
const volumes = (fixture("volumes-3.70") as { volumes: { id: string }[] }).volumes;

describe("Cinder", () => {
  it("shows volumes and where they are attached", async () => {
    const mock = mockCloud().answer("block-storage", "GET /volumes/detail", { body: { volumes } });
    const all = await mock.cloud.blockStorage.getVolumes({ allProjects: true });
    expect(all.find(({ id }) => id === BOOT)).toMatchObject({
      name: "admin_vol01",
      status: "in-use",
      sizeGiB: 1,
      bootable: true,
      multiattach: false,
      encrypted: false,
      availabilityZone: "nova",
      host: "rbd:volumes@lab#lab",
      attachments: [{ serverId: SERVER, hostName: "node-28", device: "/dev/vda" }],
    });
    expect(mock.log("block-storage")).toEqual(["GET /volumes/detail?all_tenants=1"]);
    expect(mock.calls.at(-1)?.headers["openstack-api-version"]).toBe("volume 3.70");
  });

  it("shows single ones, and leaves out those that are gone", async () => {
    const volume = volumes.find(({ id }) => id === DATA);
    const mock = mockCloud()
      .answer("block-storage", `GET /volumes/${DATA}`, { body: { volume } })
      .answer("block-storage", "GET /volumes/gone", { status: 404 });
    const found = await mock.cloud.blockStorage.getVolumes({ ids: [DATA, "gone"] });
    expect(found.map(({ name, bootable }) => [name, bootable])).toEqual([["admin_vol11", false]]);
  });

  it("lists attachments without what connects them, which holds secrets", async () => {
    const mock = mockCloud().answer("block-storage", "GET /attachments/detail", { body: fixture("attachments-3.70") });
    const attachments = await mock.cloud.blockStorage.getAttachments({ instanceId: SERVER, allProjects: true });
    expect(attachments[0]).toEqual({
      id: "f540c3b8-799d-448a-9897-089bbb38b05d",
      volumeId: DATA,
      serverId: SERVER,
      status: "attached",
    });
    expect(mock.log("block-storage")).toEqual([`GET /attachments/detail?instance_id=${SERVER}&all_tenants=1`]);
  });

  it("of an old cloud cannot list attachments", async () => {
    const mock = mockCloud({ microversions: { "block-storage": { min: "3.0", max: "3.26" } } });
    await expect(mock.cloud.blockStorage.getAttachments()).rejects.toThrow("only 3.27 and newer list attachments");
  });
});

describe("Placement", () => {
  it("shows what a server holds", async () => {
    const mock = mockCloud().answer("placement", `GET /allocations/${SERVER}`, { body: fixture("allocations-1.39") });
    expect(await mock.cloud.placement.getAllocations(SERVER)).toEqual([
      { resourceProvider: "7f75196e-d8c7-437e-8772-0436b2665837", resources: { MEMORY_MB: 128, VCPU: 1 } },
    ]);
  });

  it("shows that an unknown one holds nothing", async () => {
    const mock = mockCloud().answer("placement", "GET /allocations/x", { body: { allocations: {} } });
    expect(await mock.cloud.placement.getAllocations("x")).toEqual([]);
  });

  it("finds room within one host", async () => {
    const mock = mockCloud().answer("placement", "GET /allocation_candidates", {
      body: fixture("allocation-candidates-1.39"),
    });
    const candidates = await mock.cloud.placement.getAllocationCandidates({
      resources: { VCPU: 1, MEMORY_MB: 64 },
      inTree: NODE_31,
      required: ["HW_CPU_X86_AVX2"],
      forbidden: ["COMPUTE_STATUS_DISABLED"],
      limit: 1,
    });
    expect(candidates).toEqual([
      { allocations: [{ resourceProvider: NODE_31, resources: { VCPU: 1, MEMORY_MB: 64 } }] },
    ]);
    expect(Object.fromEntries(mock.calls.at(-1)?.query ?? [])).toEqual({
      resources: "VCPU:1,MEMORY_MB:64",
      in_tree: NODE_31,
      required: "HW_CPU_X86_AVX2,!COMPUTE_STATUS_DISABLED",
      limit: "1",
    });
  });

  it("of an old cloud cannot look within one host", async () => {
    const mock = mockCloud({ microversions: { placement: { min: "1.0", max: "1.30" } } });
    const query = { resources: { VCPU: 1 }, inTree: NODE_31 };
    await expect(mock.cloud.placement.getAllocationCandidates(query)).rejects.toThrow(RangeError);
  });

  it("shows what a host has and what of it is used", async () => {
    const mock = mockCloud()
      .answer("placement", `GET /resource_providers/${NODE_31}/inventories`, { body: fixture("inventories-1.39") })
      .answer("placement", `GET /resource_providers/${NODE_31}/usages`, { body: fixture("usages-1.39") });
    const inventories = await mock.cloud.placement.getInventories(NODE_31);
    expect(inventories["MEMORY_MB"]).toMatchObject({ total: 14810, reserved: 0, allocationRatio: 4 });
    expect(await mock.cloud.placement.getUsages(NODE_31)).toEqual({ VCPU: 0, MEMORY_MB: 0, DISK_GB: 0 });
  });
});

describe("Neutron", () => {
  it("shows a server's ports and the hosts they are wired to", async () => {
    const mock = mockCloud().answer("network", "GET /v2.0/ports", { body: fixture("ports") });
    expect(await mock.cloud.network.getPorts({ deviceId: SERVER })).toEqual([
      {
        id: "a5d8e499-bfe0-473d-89d3-720bffaa5ebf",
        networkId: "20cbdfb4-6bd3-4053-b503-417e00638e47",
        deviceId: SERVER,
        vnicType: "normal",
        status: "ACTIVE",
        macAddress: "fa:16:3e:af:59:4b",
        bindingHostId: "node-28",
        bindingVifType: "bridge",
      },
    ]);
    expect(mock.log("network")).toEqual([`GET /v2.0/ports?device_id=${SERVER}`]);
  });

  it("takes several servers at once", async () => {
    const mock = mockCloud().answer("network", "GET /v2.0/ports", { body: { ports: [] } });
    await mock.cloud.network.getPorts({ deviceId: ["a", "b"] });
    expect(mock.log("network")).toEqual(["GET /v2.0/ports?device_id=a&device_id=b"]);
  });
});

describe("hosts as Placement and Neutron see them", () => {
  it("have consumers: servers and migrations", async () => {
    const body = { allocations: { "server-1": { resources: { VCPU: 1 } } }, resource_provider_generation: 4 };
    const mock = mockCloud().answer("placement", "GET /resource_providers/p/allocations", { body });
    expect(await mock.cloud.placement.getProviderAllocations("p")).toEqual({ "server-1": { VCPU: 1 } });
  });

  it("have capacity and use, all of them in one request", async () => {
    const mock = mockCloud().answer("placement", "GET /allocation_candidates?resources=VCPU:1,MEMORY_MB:1", {
      body: fixture("allocation-candidates-1.39"),
    });
    const summaries = await mock.cloud.placement.getProviderSummaries({ VCPU: 1, MEMORY_MB: 1 });
    expect(summaries["8977bd36-c949-47bf-b2df-9f5046b72579"]).toEqual({
      VCPU: { capacity: 32, used: 0 },
      MEMORY_MB: { capacity: 59240, used: 0 },
      DISK_GB: { capacity: 251, used: 0 },
    });
  });

  it("have agents, unless their networks need none", async () => {
    const agent = { id: "a", binary: "neutron-openvswitch-agent", host: "node-28", alive: true, topic: "x" };
    const mock = mockCloud().answer("network", "GET /v2.0/agents?host=node-28", {
      body: { agents: [{ ...agent, heartbeat_timestamp: "2026-11-30 10:00:00" }] },
    });
    const [found] = await mock.cloud.network.getAgents({ host: "node-28" });
    expect(found).toMatchObject({ alive: true, adminStateUp: true, heartbeatAt: "2026-11-30 10:00:00Z" });
  });
});
