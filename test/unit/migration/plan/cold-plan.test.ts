import { describe, expect, it } from "vitest";
import { known, type MigrationEntry, type ServerFacts, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import type { MigrationRequestInput } from "../../../../migration/contract/request.ts";
import { plan, planDocument } from "../../../../migration/plan/plan.ts";
import { describePlan } from "../../../../migration/contract/plan-document.ts";
import { BOOT, entry, hostsWith, request, server, snapshot } from "../../../support/engine/samples.ts";

const OFF = { status: "SHUTOFF", vmState: "stopped", running: false };

function cold(
  { of = OFF, ...over }: Partial<Snapshot> & { of?: Partial<ServerFacts> } = {},
  wanted: Partial<MigrationRequestInput> = {},
) {
  return plan(request({ cold: true, ...wanted }), snapshot({ ...over, server: server(of) }));
}
const blockers = (decided: ReturnType<typeof plan>) =>
  decided.findings.filter(({ severity }) => severity === "blocker").map(({ code }) => code);

describe("a plan to move cold", () => {
  it("names the kind, a method without force, and a deadline of its own", () => {
    const decided = cold();
    expect(decided).toMatchObject({
      action: "migrate",
      kind: "cold",
      method: { kind: "validated" },
      timeoutSeconds: 1600,
    });
    const document = planDocument(decided, snapshot({ server: server(OFF) }));
    expect(document).toMatchObject({ kind: "cold", method: "cold, compute 2.96, host validated by the scheduler" });
    expect(describePlan(document)).toContain("node-28 (nova) → node-31 (nova2); cold; about 20 s");
  });

  it("counts local disks in deadline and estimate, as a live one does", () => {
    const flavor = { ...server().flavor, rootGiB: 20 };
    expect(cold({ of: { ...OFF, image: "cirros", volumes: [], flavor } })).toMatchObject({
      timeoutSeconds: 1600 + 20 * 800,
      estimateSeconds: 42,
    });
  });

  it("warns of an earlier cold migration that never ended, once it is old: it may still hold its source", () => {
    const left = known([entry({ type: "migration", status: "migrating" })]);
    const codes = (takenAt: string) =>
      cold({ moves: left, takenAt: Date.parse(takenAt) }).findings.map(({ code }) => code);
    expect(codes("2026-01-01T00:01:00Z")).toEqual([]);
    expect(codes("2026-01-01T01:00:00Z")).toEqual(["migration-stale"]);
  });

  it("chooses a host of a zone itself, and says so: Nova would choose any zone for an unpinned server", () => {
    const decided = plan(request({ cold: true, zone: "nova2" }), snapshot({ server: server(OFF) }));
    expect(decided).toMatchObject({ action: "migrate", kind: "cold", destination: { name: "node-31" } });
  });

  it.each(["ACTIVE", "SHUTOFF"])("takes a server that is %s", (status) => {
    expect(cold({ of: { status } }).action).toBe("migrate");
  });

  it.each(["PAUSED", "SUSPENDED", "RESCUE", "SHELVED_OFFLOADED", "ERROR"])("refuses one that is %s", (status) => {
    expect(blockers(cold({ of: { status } }))).toContain("server-state");
  });

  it("refuses what Nova refuses: a destination that is closed or down, a source that is down, no room", () => {
    expect(blockers(cold({ hosts: hostsWith("node-31", { enabled: false }) }))).toEqual(["destination-disabled"]);
    expect(blockers(cold({ hosts: hostsWith("node-31", { up: false }) }))).toEqual(["destination-down"]);
    expect(blockers(cold({ hosts: hostsWith("node-28", { up: false }) }))).toEqual(["source-down"]);
    expect(blockers(cold({ fitting: known([]) }))).toEqual(["destination-full"]);
    expect(blockers(cold({ of: { ...OFF, taskState: "powering-on" } }))).toEqual(["server-busy"]);
    expect(blockers(cold({ microversions: { min: "2.1", max: "2.55" } }))).toContain("nova-too-old");
    expect(blockers(cold({ moves: { known: false, reason: "forbidden" } }))).toEqual(["no-migration-rights"]);
    const group = {
      id: "g",
      name: "apart",
      policy: "anti-affinity",
      members: [{ id: "x", name: "x", host: "node-31" }],
    };
    expect(blockers(cold({ groups: known([group]) }))).toEqual(["group-anti-affinity"]);
  });

  it("polls again at what a migration that has just ended may leave for a moment", () => {
    const attachments = known(["one", "two"].map((id) => ({ id, volumeId: BOOT, status: "attached" })));
    const ended = (updatedAt: string) => known([entry({ type: "migration", status: "reverted", updatedAt })]);
    expect(cold({ attachments, moves: ended("2025-12-31T23:59:50Z") }).action).toBe("look-again");
    expect(blockers(cold({ attachments, moves: ended("2025-12-31T22:00:00Z") }))).toEqual(["attached-twice"]);
  });

  it("lets a guest move to another hypervisor, where it is started anew", () => {
    const hypervisor = { id: "provider-of-node-31", hostname: "n", type: "QEMU", version: 1, load: 0 };
    expect(cold({ hosts: hostsWith("node-31", { hypervisor }) }).action).toBe("migrate");
  });

  it("is stopped by a pinned zone, unless the server is unpinned: nothing is forced", () => {
    const pinned = { ...OFF, pin: { known: true, zone: "nova" } as const };
    expect(blockers(cold({ of: pinned }))).toEqual(["pinned"]);
    expect(blockers(cold({ of: pinned }, { azPin: "force" }))).toEqual(["pinned"]);
    expect(blockers(cold({ of: pinned }, { azPin: "unpin" }))).toEqual(["unpin-impossible"]);
    const newer = { of: pinned, microversions: { min: "2.1", max: "2.104" } as const };
    expect(cold(newer, { azPin: "unpin" })).toMatchObject({ method: { kind: "unpin", from: "nova" } });
  });
});

describe("a server on a host that is down", () => {
  it.each([true, undefined])(
    "is refused with what an evacuation needs first, not with a repetition (cold: %s)",
    (how) => {
      const hosts = hostsWith("node-28", { up: false });
      const decided = plan(request(how ? { cold: how } : {}), snapshot({ hosts }));
      const found = decided.findings.find(({ code }) => code === "source-down");
      expect(found?.fix).toMatch(
        /1\. fence the host.*2\. `openstack compute service set --down node-28 nova-compute`.*3\. `openstack server evacuate/,
      );
      expect(found?.fix).not.toMatch(/again/);
    },
  );
});

describe("a plan for a server whose cold migration is under way", () => {
  const WAITING = { host: "node-31", status: "VERIFY_RESIZE", vmState: "resized", running: false };
  const under = (of: Partial<ServerFacts>, over: Partial<MigrationEntry> | null, wanted = {}) =>
    cold(
      { of, moves: known(over === null ? [] : [entry({ type: "migration", status: "migrating", ...over })]) },
      wanted,
    );
  const TASK = { status: "RESIZE", taskState: "resize_migrating" };

  it("adopts it on its way to the wanted host, and when it waits there", () => {
    expect(under(TASK, {})).toMatchObject({ action: "adopt", kind: "cold" });
    expect(under(WAITING, { status: "finished" })).toMatchObject({ action: "adopt", kind: "cold" });
    expect(under(WAITING, { status: "confirming" })).toMatchObject({ action: "adopt", kind: "cold" });
  });

  it("polls again while Nova does not list it, or does not name its destination", () => {
    expect(under({ ...TASK, taskState: "resize_prep" }, null).action).toBe("look-again");
    expect(under(TASK, { destCompute: null }).action).toBe("look-again");
    // The newest is of an earlier live migration.
    expect(under(TASK, { type: "live-migration", status: "completed" }).action).toBe("look-again");
  });

  it("refuses one that goes elsewhere, that is being reverted, and a resize", () => {
    expect(blockers(under(TASK, { destCompute: "node-27" }))).toEqual(["migrating-elsewhere"]);
    expect(blockers(under({ ...WAITING, host: "node-27" }, { destCompute: "node-27" }))).toEqual([
      "unconfirmed-elsewhere",
    ]);
    const reverting = { ...WAITING, status: "REVERT_RESIZE", taskState: "resize_reverting" };
    expect(blockers(under(reverting, { status: "reverting" }))).toEqual(["being-reverted"]);
    expect(blockers(under(WAITING, { type: "resize", status: "finished" }))).toEqual(["resized"]);
    expect(blockers(under(TASK, { type: "resize" }))).toEqual(["resized"]);
  });

  it("is adopted by `stopped: cold` only if the server was shut off", () => {
    const wanted = { cold: undefined, stopped: "cold" };
    expect(under(WAITING, { status: "finished" }, wanted).action).toBe("adopt");
    expect(under({ ...WAITING, running: true }, { status: "finished" }, wanted).action).toBe("nothing");
  });

  it("stays with a host of the wanted zone", () => {
    expect(under(WAITING, { status: "finished" }, { host: undefined, zone: "nova2" })).toMatchObject({
      action: "adopt",
    });
    expect(under(TASK, {}, { host: undefined, zone: "nova2" })).toMatchObject({ action: "adopt" });
  });
});
