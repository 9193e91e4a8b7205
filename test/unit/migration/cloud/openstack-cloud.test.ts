import { describe, expect, it, vi } from "vitest";
import { CloudLost } from "../../../../migration/contract/failure.ts";
import { NotFound } from "../../../../migration/contract/failure.ts";
import { OpenStackCloud } from "../../../../migration/cloud/openstack-cloud.ts";
import { fails, mockCloud, posts, type MockAnswer, type MockCloud } from "../../../support/http/mock-cloud.ts";
import { MOVED, scriptMove } from "../../../support/http/mock-move.ts";
import { entry } from "../../../support/engine/samples.ts";
import { fixture } from "../../openstack/fixture.ts";

const METHOD = { kind: "validated", microversion: "2.93" } as const;
const cloudOf = (mock: MockCloud) => new OpenStackCloud(mock.cloud);

describe("start", () => {
  const start = async (answer: MockAnswer) => {
    const mock = mockCloud().answer("compute", `POST /servers/${MOVED}/action`, answer);
    const said = await cloudOf(mock).start(MOVED, "node-31", METHOD);
    return { said, sent: posts(mock).length };
  };

  it("keeps the request's id", async () => {
    const { said } = await start({ status: 202, headers: { "x-openstack-request-id": "req-1" } });
    expect(said).toEqual({ outcome: "accepted", requestId: "req-1" });
  });

  it("takes a fresh token just before, where the run's own is minutes old", async () => {
    let now = Date.now();
    const mock = mockCloud({ now: () => now }).answer("compute", `POST /servers/${MOVED}/action`, { status: 202 });
    const cloud = cloudOf(mock);
    await mock.cloud.session.freshToken();
    const tokens = () => mock.calls.filter(({ path }) => path === "/auth/tokens").length;
    await cloud.start(MOVED, "node-31", METHOD);
    expect(tokens()).toBe(1);
    now += 301_000;
    await cloud.start(MOVED, "node-31", METHOD);
    expect(tokens()).toBe(2);
    expect(mock.calls.at(-1)?.headers["x-auth-token"]).toMatch(/-2$/);
  });

  it.each([
    [400, false, "Compute host mars could not be found."],
    [403, false, "Policy doesn't allow os_compute_api:os-migrate-server:migrate_live"],
    [404, false, "Instance could not be found."],
    [409, true, "Cannot 'os-migrateLive' instance while it is in task_state migrating"],
  ])("%i is a refusal, with Nova's words", async (status, busy, message) => {
    const { said, sent } = await start(fails(status, message));
    expect(said).toEqual({ outcome: "refused", busy, message, requestId: "req-x" });
    expect(sent).toBe(1);
  });

  it.each<[string, MockAnswer]>([
    ["500", fails(500, "boom")],
    ["502", fails(502, "Bad Gateway")],
    ["503", fails(503, "Service Unavailable")],
    ["504", fails(504, "Gateway Timeout")],
    ["a cut connection", { fail: "ECONNRESET" }],
    ["silence", { fail: "UND_ERR_HEADERS_TIMEOUT" }],
    ["an answer that is no JSON", { status: 202, text: "<html>" }],
  ])("%s leaves the outcome unknown, and is never repeated", async (_, answer) => {
    const { said, sent } = await start(answer);
    expect(said).toMatchObject({
      outcome: "unknown",
      reason: expect.stringMatching(/POST \/servers\/.*action/) as string,
    });
    expect(sent).toBe(1);
  });

  it("a connection that is refused never reached Nova: the cloud is lost", async () => {
    await expect(start({ fail: "ECONNREFUSED" })).rejects.toThrow(CloudLost);
  });

  it("forces with 2.67 only", async () => {
    const mock = mockCloud().answer("compute", `POST /servers/${MOVED}/action`, { status: 202 });
    await cloudOf(mock).start(MOVED, "node-31", { kind: "forced", microversion: "2.67" });
    expect(mock.calls.at(-1)).toMatchObject({
      body: { "os-migrateLive": { host: "node-31", force: true } },
      headers: { "openstack-api-version": "compute 2.67" },
    });
  });
});

describe("reading", () => {
  it("a deleted server is gone", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}`, fails(404, "no such"));
    expect(await cloudOf(mock).server(MOVED)).toBe("gone");
  });

  it("a server is looked at with what everyone may see", async () => {
    const mock = scriptMove(mockCloud());
    expect(await cloudOf(mock).server(MOVED)).toMatchObject({ status: "ACTIVE", host: "node-28", taskState: null });
  });

  const AWAY = "check the network, the endpoint and the service, then run this again: it is safe";
  const REFUSED = "check the credentials and roles of this cloud in clouds.yaml or OS_*";
  const UNTRUSTED =
    "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again";
  it.each([
    ["a certificate that has expired", { fail: "CERT_HAS_EXPIRED" }, `(CERT_HAS_EXPIRED). Fix: ${UNTRUSTED}`],
    ["an API that stays away", { fail: "ECONNREFUSED" }, `Fix: ${AWAY}`],
    ["502 for good", fails(502, "Bad Gateway"), /502.*Fix: check the network/],
    ["a token that is refused twice", fails(401, "no"), `. Fix: ${REFUSED}`],
    ["a right that is missing", fails(403, "Policy doesn't allow"), /403.*Fix: check the credentials and roles/],
  ])("%s means that the cloud is lost, and what to do", async (_, answer, text) => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}`, answer);
    const looking = cloudOf(mock).server(MOVED);
    await expect(looking).rejects.toThrow(CloudLost);
    await expect(looking).rejects.toThrow(text);
  });

  it("repeats a look that failed for a moment", async () => {
    const mock = scriptMove(mockCloud());
    mock.answer("compute", "GET /os-migrations", fails(503, "busy"), { body: { migrations: [] } });
    expect(await cloudOf(mock).migrations(MOVED)).toEqual([]);
  });

  it("migrations and counters that are forbidden are not visible", async () => {
    const mock = mockCloud()
      .answer("compute", "GET /os-migrations", fails(403, "no"))
      .answer("compute", `GET /servers/${MOVED}/migrations/1`, fails(403, "no"));
    expect(await cloudOf(mock).migrations(MOVED)).toBeNull();
    expect(await cloudOf(mock).counters(MOVED, 1)).toBeNull();
  });

  it("counters are none once it runs no more", async () => {
    const mock = mockCloud().answer("compute", `GET /servers/${MOVED}/migrations/1`, fails(404, "no"));
    expect(await cloudOf(mock).counters(MOVED, 1)).toBeNull();
  });
});

describe("resolveServer", () => {
  const named = (...ids: string[]) => {
    const mock = scriptMove(mockCloud());
    // As Nova lists servers: without their groups.
    const servers = ids.map((id) => ({ ...(serverOf() as object), id, server_groups: undefined }));
    return mock.answer("compute", "GET /servers/detail", { body: { servers } });
  };
  const serverOf = () => (fixture("server-2.93") as { server: unknown }).server;

  it("takes an id as it is", async () => {
    expect(await cloudOf(scriptMove(mockCloud())).resolveServer(MOVED)).toBe(MOVED);
  });

  it("finds the one server of a name", async () => {
    expect(await cloudOf(named(MOVED)).resolveServer("admin_vm01")).toBe(MOVED);
  });

  it("does not take the name's list for the whole server: the list leaves its groups out", async () => {
    const cloud = cloudOf(named(MOVED));
    await cloud.resolveServer("admin_vm01");
    const { groups } = await cloud.snapshot(MOVED, { purpose: "plan", host: "node-31" });
    expect(groups).toEqual({ known: true, value: [] });
  });

  it("names the servers where there are several", async () => {
    const resolving = cloudOf(named("id-1", "id-2")).resolveServer("admin_vm01");
    await expect(resolving).rejects.toThrow(NotFound);
    await expect(resolving).rejects.toThrow("2 servers are named admin_vm01. Fix: use one of id-1, id-2");
  });

  it("says that there is none", async () => {
    await expect(cloudOf(named()).resolveServer("nobody")).rejects.toThrow("no server has the id or name nobody");
  });

  it("looks in the user's own project where all may not be searched", async () => {
    const mock = named(MOVED).answer("compute", "GET /servers/detail?all_tenants=true", fails(403, "no"));
    expect(await cloudOf(mock).resolveServer("admin_vm01")).toBe(MOVED);
  });
});

describe("interventions", () => {
  const path = `/servers/${MOVED}/migrations/1`;

  it("tell whether Nova agreed", async () => {
    const mock = mockCloud().answer("compute", `DELETE ${path}`, { status: 202 });
    expect(await cloudOf(mock).abort(MOVED, 1)).toEqual({ outcome: "accepted", message: "accepted" });
  });

  it("take a refusal for an answer", async () => {
    const mock = mockCloud({ microversions: { compute: { min: "2.1", max: "2.104" } } })
      .answer("compute", `DELETE ${path}`, fails(400, "Migration 1 is completed"))
      .answer("compute", `POST ${path}/action`, fails(403, "not for you"))
      .answer("compute", `PUT /servers/${MOVED}`, fails(409, "zone to zone"));
    const cloud = cloudOf(mock);
    expect(await cloud.abort(MOVED, 1)).toEqual({ outcome: "declined", message: "Migration 1 is completed" });
    expect(await cloud.forceComplete(MOVED, 1)).toEqual({ outcome: "declined", message: "not for you" });
    expect(await cloud.pin(MOVED, "nova2")).toEqual({ outcome: "declined", message: "zone to zone" });
  });

  it.each([
    ["a cut connection", { fail: "ECONNRESET" }, "no answer from"],
    ["a gateway's word", fails(502, "bad gateway"), "502 bad gateway"],
  ] as const)("do not take %s for Nova's", async (_, answer, words) => {
    const mock = mockCloud().answer("compute", `DELETE ${path}`, answer);
    const { outcome, message } = await cloudOf(mock).abort(MOVED, 1);
    expect(outcome).toBe("unanswered");
    expect(message).toContain(words);
  });
});

describe("failureReason", () => {
  const event = (name: string, start: string, result: string, details: string | null) => ({
    ...{ event: name, start_time: start, finish_time: start, result, details, traceback: null },
  });
  const action = {
    action: "live-migration",
    request_id: "req-1",
    start_time: "2026-01-01T00:00:00.000000",
    message: "Error",
  };
  const events = [
    event("conductor_live_migrate_instance", "2026-01-01T00:00:00.000000", "Error", "No valid host was found."),
    event(
      "compute_check_can_live_migrate_destination",
      "2026-01-01T00:00:02.000000",
      "Error",
      "CPU doesn't have compatibility.",
    ),
    event("compute_check_can_live_migrate_source", "2026-01-01T00:00:01.000000", "Success", null),
  ];
  const actions = `GET /servers/${MOVED}/os-instance-actions`;

  it("is the first event's that failed, not the conductor's", async () => {
    const mock = mockCloud().answer("compute", `${actions}/req-1`, { body: { instanceAction: { ...action, events } } });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBe("CPU doesn't have compatibility.");
  });

  it("is told without the traceback of what Nova itself did not expect", async () => {
    const details =
      "Networking client is experiencing an unauthorized exception.\nTraceback (most recent call last):\n  File";
    const unexpected = [event("conductor_live_migrate_instance", "2026-01-01T00:00:00.000000", "Error", details)];
    const mock = mockCloud().answer("compute", `${actions}/req-1`, {
      body: { instanceAction: { ...action, events: unexpected } },
    });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBe(
      "Networking client is experiencing an unauthorized exception.",
    );
  });

  it("is found without the request's id, in the newest live migration", async () => {
    const other = { ...action, action: "reboot", request_id: "req-9" };
    const mock = mockCloud()
      .answer("compute", actions, { body: { instanceActions: [other, action, { ...action, request_id: "req-0" }] } })
      .answer("compute", `${actions}/req-1`, { body: { instanceAction: { ...action, events } } });
    expect(await cloudOf(mock).failureReason(MOVED, null)).toBe("CPU doesn't have compatibility.");
  });

  it("is nothing where events tell nothing", async () => {
    const mock = mockCloud().answer("compute", `${actions}/req-1`, {
      body: { instanceAction: { ...action, events: [] } },
    });
    expect(await cloudOf(mock).failureReason(MOVED, "req-1")).toBeNull();
    const hidden = mockCloud().answer("compute", `${actions}/req-1`, fails(403, "no"));
    expect(await cloudOf(hidden).failureReason(MOVED, "req-1")).toBeNull();
    expect(
      await cloudOf(mockCloud().answer("compute", actions, fails(500, "no"))).failureReason(MOVED, null),
    ).toBeNull();
  });
});

describe("snapshot", () => {
  it("makes what this user may not see, and what other services do not tell, unknown with the reason", async () => {
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
