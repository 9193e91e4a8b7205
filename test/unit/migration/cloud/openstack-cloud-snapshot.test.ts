import { describe, expect, it, vi } from "vitest";
import { OpenStackCloud } from "../../../../migration/cloud/openstack-cloud.ts";
import { fails, mockCloud, type MockAnswer, type MockCloud } from "../../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../../support/http/mock-move.ts";
import { entry } from "../../../support/engine/samples.ts";
import { fixture } from "../../openstack/fixture.ts";

const cloudOf = (mock: MockCloud) => new OpenStackCloud(mock.cloud);

describe("snapshot", () => {
  it("makes what this user may not see, and what other services do not report, unknown with the reason", async () => {
    const mock = scriptMove(mockCloud())
      .answer("compute", "GET /os-services", fails(403, "not for you"))
      .answer("compute", "GET /os-migrations", fails(403, "nor this"))
      .answer("block-storage", "GET /attachments/detail", fails(500, "broken"))
      .answer("network", "GET /v2.0/ports", { fail: "ECONNREFUSED" })
      .answer("placement", `GET /allocations/${MOVED}`, fails(403, "admins only"));
    const facts = await cloudOf(mock).snapshot(MOVED, { purpose: "plan", host: "node-31" });
    expect(facts).toMatchObject({
      hosts: { known: false, reason: "not for you" },
      migrations: { known: false, reason: "nor this" },
      attachments: { known: false, reason: "block-storage answers 500: broken" },
      ports: { known: false, reason: expect.stringContaining("no answer from") as string },
      allocations: { known: false, reason: "placement answers 403: admins only" },
      volumes: { known: true },
    });
  });

  it("looks at what Placement holds by itself: for the server, and for the migration where one is named", async () => {
    const mock = mockCloud()
      .answer("placement", `GET /allocations/${MOVED}`, { body: { allocations: { rp: { resources: { VCPU: 1 } } } } })
      .answer("placement", "GET /allocations/moved", { body: { allocations: {} } });
    const cloud = cloudOf(mock);
    const allocations = { known: true, value: { rp: { VCPU: 1 } } };
    expect(await cloud.allocations(MOVED, "moved")).toEqual({
      allocations,
      migrationAllocations: { known: true, value: {} },
    });
    expect(await cloud.allocations(MOVED, null)).toEqual({ allocations, migrationAllocations: null });
  });

  it("counts what a child provider gives as its host's, in a snapshot and by itself", async () => {
    const mock = scriptMove(mockCloud());
    const cloud = cloudOf(mock);
    const scope = { purpose: "plan", host: "node-31" } as const;
    const before = await cloud.snapshot(MOVED, scope);
    const [node = ""] = before.allocations.known ? Object.keys(before.allocations.value) : [];
    const nic = { uuid: "nic", name: "nic", generation: 1, parent_provider_uuid: "agent", root_provider_uuid: node };
    const held = { [node]: { resources: { VCPU: 1 } }, nic: { resources: { NET_BW_EGR_KILOBIT_PER_SEC: 1000 } } };
    mock
      .answer("placement", `GET /allocations/${MOVED}`, { body: { allocations: held } })
      .answer("placement", "GET /resource_providers?in_tree=nic", { body: { resource_providers: [nic] } });
    const allocations = { known: true, value: { [node]: { VCPU: 1, NET_BW_EGR_KILOBIT_PER_SEC: 1000 } } };
    expect(await cloud.snapshot(MOVED, scope)).toMatchObject({ allocations });
    expect(await cloud.allocations(MOVED, null)).toEqual({ allocations, migrationAllocations: null });
  });

  it("asks for all but the server's groups while Nova takes its time over the server, and for nothing twice", async () => {
    const mock = scriptMove(mockCloud());
    const { compute } = mock.cloud;
    const answer = await compute.getServer(MOVED);
    const slow = Promise.withResolvers<typeof answer>();
    vi.spyOn(compute, "getServer").mockReturnValue(slow.promise);
    const cloud = cloudOf(mock);
    const scope = { purpose: "plan", host: "node-31" } as const;
    const resolved = cloud.resolveServer(MOVED, scope);
    const volumes = answer.volumesAttached.map(({ id }) => `GET /volumes/${id}`);
    const log = () => mock.log().map((line) => line.replace(/\?.*/, ""));
    await vi.waitFor(() => {
      expect(log()).toEqual(expect.arrayContaining([...volumes, "GET /allocation_candidates"]));
    });
    slow.resolve(answer);
    const { fitting, volumes: seen } = await cloud.snapshot(await resolved, scope);
    expect([fitting.known, seen.known]).toEqual([true, true]);
    expect(volumes).toHaveLength(2);
    expect(log().length).toBe(new Set(log()).size);
  });

  it("takes migrations that were read a moment ago as they are, and asks for them again the next time", async () => {
    const mock = scriptMove(mockCloud());
    const cloud = cloudOf(mock);
    const migrations = [entry({ id: 8, status: "completed" })];
    const scope = { purpose: "verify", migrationUuid: null } as const;
    const asked = () => mock.log().filter((line) => line.startsWith("GET /os-migrations")).length;
    expect((await cloud.snapshot(MOVED, { ...scope, migrations })).migrations).toEqual({
      known: true,
      value: migrations,
    });
    expect(asked()).toBe(0);
    expect((await cloud.snapshot(MOVED, scope)).migrations).toEqual({ known: true, value: [] });
    expect(asked()).toBe(1);
  });

  it("is not made of a server that is not there", async () => {
    const mock = scriptMove(mockCloud()).answer("compute", `GET /servers/${MOVED}`, fails(404, "gone"));
    await expect(cloudOf(mock).snapshot(MOVED, { purpose: "plan", host: null })).rejects.toThrow(
      /404.*Fix: check whether someone deleted it, then run this again/,
    );
  });

  it("does not take a volume that Cinder hides for one that is not attached", async () => {
    const mock = scriptMove(mockCloud());
    mock.answer("block-storage", "GET /volumes/5229a053-a84a-4845-adcd-d90379553467", fails(404, "no"));
    const facts = await cloudOf(mock).snapshot(MOVED, { purpose: "plan", host: "node-31" });
    expect(facts.volumes).toMatchObject({ known: false, reason: expect.stringContaining("5229a053") as string });
  });

  const PLAN = { purpose: "plan", host: "node-31" } as const;
  const { id: port } = (fixture("ports") as { ports: { id: string }[] }).ports[0] ?? { id: "" };
  const bound = (...bindings: [host: string, status: string][]): MockAnswer => ({
    body: { bindings: bindings.map(([host, status]) => ({ host, status, vif_type: "ovs", vnic_type: "normal" })) },
  });

  it.each<[what: string, MockAnswer, expected: unknown]>([
    ["none", bound(["node-28", "ACTIVE"]), { known: true, value: [] }],
    [
      "a leftover one, with its URL",
      bound(["node-28", "ACTIVE"], ["node-31", "INACTIVE"]),
      {
        known: true,
        value: [{ portId: port, host: "node-31", url: `http://network.test:9696/v2.0/ports/${port}/bindings/node-31` }],
      },
    ],
    ["none where Neutron has no such extension", fails(404, "no"), { known: true, value: [] }],
    ["unknown without the right", fails(403, "no"), { known: false, reason: "network answers 403: no" }],
  ])("has a port's leftover bindings: %s", async (_, answer, expected) => {
    const mock = scriptMove(mockCloud()).answer("network", `GET /v2.0/ports/${port}/bindings`, answer);
    expect((await cloudOf(mock).snapshot(MOVED, PLAN)).bindings).toEqual(expected);
  });

  it("asks for no bindings of ports that are on the destination already, or to verify", async () => {
    const mock = scriptMove(mockCloud());
    await cloudOf(mock).snapshot(MOVED, { purpose: "plan", host: "node-28" });
    await cloudOf(mock).snapshot(MOVED, { purpose: "verify", migrationUuid: null });
    expect(mock.log("network").filter((line) => line.includes("bindings"))).toEqual([]);
  });

  it("has the server's shares where Nova attaches any", async () => {
    const newer = { microversions: { compute: { min: "2.1", max: "2.100" } } } as const;
    const shares = { body: { shares: [{ share_id: "share-1", status: "active", tag: "t" }] } };
    const mock = scriptMove(mockCloud(newer)).answer("compute", `GET /servers/${MOVED}/shares`, shares);
    expect((await cloudOf(mock).snapshot(MOVED, PLAN)).shares).toEqual({ known: true, value: ["share-1"] });
    expect((await cloudOf(scriptMove(mockCloud())).snapshot(MOVED, PLAN)).shares).toEqual({ known: true, value: [] });
  });

  describe("of a server that holds resources of child providers", () => {
    const root = "c9bd7f0f-0000-4000-8000-000000000028";
    const candidates = (found: boolean): MockAnswer => ({
      body: {
        allocation_requests: found ? [{ allocations: { there: { resources: { VCPU: 1 } } } }] : [],
        provider_summaries: {},
      },
    });
    const nested = (alone: boolean, all: boolean) => {
      const tree = [
        { uuid: root, name: "node-28", generation: 1, root_provider_uuid: root },
        { uuid: "nic", name: "nic", generation: 1, parent_provider_uuid: root, root_provider_uuid: root },
      ];
      return scriptMove(mockCloud())
        .answer("placement", `GET /allocations/${MOVED}`, {
          body: {
            allocations: {
              nic: { resources: { NET_BW_EGR_KILOBIT_PER_SEC: 1000 } },
              [root]: { resources: { MEMORY_MB: 128, VCPU: 1 } },
            },
          },
        })
        .answer("placement", "GET /resource_providers", { body: { resource_providers: tree } })
        .answer("placement", "GET /allocation_candidates", candidates(alone))
        .answer("placement", "GET /allocation_candidates?group_policy=none", candidates(all));
    };

    it("finds room for all of them together", async () => {
      const mock = nested(true, true);
      const { fitting, providers } = await cloudOf(mock).snapshot(MOVED, PLAN);
      expect([fitting, providers]).toEqual([{ known: true, value: ["there"] }, 2]);
      const queries = mock.calls.filter(({ path }) => path === "/allocation_candidates").map(({ query }) => query);
      expect(queries.map((query) => query.get("resources"))).toEqual(["MEMORY_MB:128,VCPU:1", "MEMORY_MB:128,VCPU:1"]);
      expect(queries[1]?.get("resources1")).toBe("NET_BW_EGR_KILOBIT_PER_SEC:1000");
      expect(queries[1]?.get("in_tree1")).toBe(queries[1]?.get("in_tree"));
    });

    it("is sure that it does not fit where memory and CPUs do not", async () => {
      expect((await cloudOf(nested(false, false)).snapshot(MOVED, PLAN)).fitting).toEqual({ known: true, value: [] });
    });

    it("is not sure where only the rest finds no place", async () => {
      expect((await cloudOf(nested(true, false)).snapshot(MOVED, PLAN)).fitting).toMatchObject({
        known: false,
        reason: expect.stringContaining("no place for NET_BW_EGR_KILOBIT_PER_SEC 1000") as string,
      });
    });
  });
});
