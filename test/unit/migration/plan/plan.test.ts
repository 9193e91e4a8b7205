import { describe, expect, it } from "vitest";
import { plan } from "../../../../migration/plan/plan.ts";
import { known, unknown, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { BOOT, entry, HOSTS, request, server, snapshot } from "../../../support/engine/samples.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
/** Touched `seconds` ago. */
const touched = (seconds: number) => ({ updatedAt: new Date(NOW - seconds * 1000).toISOString() });
const migrating = (over: Partial<Snapshot>, on = "node-28") =>
  snapshot({ server: server({ host: on, status: "MIGRATING", taskState: "migrating" }), takenAt: NOW, ...over }, on);
const idle = (over: Partial<Snapshot>, on = "node-28") => snapshot({ takenAt: NOW, ...over }, on);
const running = (over = {}) => known([entry({ status: "running", ...touched(1), ...over })]);
const codes = (findings: { code: string }[]) => findings.map(({ code }) => code);

describe("plan: what it decides", () => {
  it("moves a server that is elsewhere", () => {
    const decided = plan(request(), snapshot());
    expect(decided).toMatchObject({
      action: "migrate",
      destination: { name: "node-31", why: null },
      method: { kind: "validated", microversion: "2.96" },
      findings: [],
      timeoutSeconds: 1600,
    });
  });

  it("takes the deadline that was asked for", () => {
    expect(plan(request({ timeoutSeconds: 42 }), snapshot())).toMatchObject({ timeoutSeconds: 42 });
  });

  it("does nothing where the server is there", () => {
    expect(plan(request(), snapshot({}, "node-31"))).toMatchObject({ action: "nothing", findings: [] });
  });

  it.each([
    ["SHUTOFF", "there-but-not-running"],
    ["VERIFY_RESIZE", "there-but-not-running"],
    ["ERROR", "there-but-not-well"],
    ["UNKNOWN", "there-but-not-well"],
  ])("does nothing, but says so, where the server is there and %s", (status, code) => {
    const decided = plan(request(), snapshot({ server: server({ host: "node-31", status }) }, "node-31"));
    expect(decided.action).toBe("nothing");
    expect(codes(decided.findings)).toEqual([code]);
  });

  it.each(["accepted", "queued", "preparing", "running", "running (post-copy)"])(
    "adopts a migration that is %s",
    (status) => {
      const decided = plan(request(), migrating({ migrations: running({ status }) }));
      expect(decided).toMatchObject({ action: "adopt", migration: { id: 7, status } });
    },
  );

  it("refuses a server that is on its way to another host, and names it", () => {
    const decided = plan(request({ host: "node-27" }), migrating({ migrations: running() }));
    expect(decided.action).toBe("refuse");
    expect(decided.findings).toMatchObject([{ code: "migrating-elsewhere", value: "migration 7 to node-31" }]);
  });

  it("refuses even if the server is still on the wanted host while it leaves", () => {
    expect(plan(request({ host: "node-28" }), migrating({ migrations: running() }))).toMatchObject({
      action: "refuse",
      findings: [{ code: "migrating-elsewhere" }],
    });
  });

  it.each([
    [
      "whose destination is not chosen yet",
      running({ status: "accepted", destCompute: null }),
      "migration 7 is accepted",
    ],
    ["that has no record yet", known([]), "migration (not visible) is migrating"],
    ["whose record has just ended", known([entry({ status: "error" })]), "migration (not visible) is migrating"],
    ["that this user may not see", unknown("forbidden"), "migration (not visible) is migrating"],
  ])("polls again at a migration %s", (_, migrations, value) => {
    const decided = plan(request(), migrating({ migrations }));
    expect(decided.action).toBe("look-again");
    expect(decided.findings).toMatchObject([{ code: "migration-in-flight", severity: "blocker", value }]);
  });

  it("does not take an old record that never ended for the one in flight", () => {
    const migrations = known([entry({ id: 9, status: "error" }), entry({ id: 5, status: "running" })]);
    expect(plan(request(), migrating({ migrations })).action).toBe("look-again");
  });
});

describe("plan: an idle server whose newest record has not ended", () => {
  it("watches it on the destination: that is the moment before `completed`", () => {
    const decided = plan(request(), idle({ migrations: running() }, "node-31"));
    expect(decided).toMatchObject({ action: "adopt", migration: { id: 7 } });
  });

  it("watches it on the source: that is the moment before `failed`", () => {
    expect(plan(request(), idle({ migrations: running() })).action).toBe("adopt");
  });

  it("does not call it there already on the source it was leaving", () => {
    expect(plan(request({ host: "node-28" }), idle({ migrations: running() })).action).toBe("refuse");
  });

  it("polls again where the destination is not reported", () => {
    expect(plan(request(), idle({ migrations: running({ destCompute: null }) })).action).toBe("look-again");
  });

  it("moves with a warning where a service died long ago", () => {
    const decided = plan(request(), idle({ migrations: running(touched(3600)) }));
    expect(decided.action).toBe("migrate");
    expect(codes(decided.findings)).toEqual(["migration-stale"]);
  });

  it("refuses a stale one where Cinder cannot rule out a guest in two places", () => {
    const decided = plan(request(), idle({ migrations: running(touched(3600)), attachments: unknown("forbidden") }));
    expect(decided.action).toBe("refuse");
    expect(codes(decided.findings)).toContain("migration-in-flight");
  });

  it("takes one of unknown age for recent", () => {
    const decided = plan(request(), idle({ migrations: running({ updatedAt: null, createdAt: null }) }));
    expect(decided.action).toBe("adopt");
  });
});

describe("plan: volumes attached twice", () => {
  const attachments = known(["a", "b"].map((id) => ({ id, volumeId: BOOT, status: "attached" })));

  it("advises nobody to remove the port's binding: the guest may run there", () => {
    const bindings = known([
      { portId: "port", host: "node-31", url: "https://net.example/v2.0/ports/port/bindings/node-31" },
    ]);
    expect(codes(plan(request(), idle({ attachments, bindings, migrations: known([]) })).findings)).toEqual([
      "attached-twice",
    ]);
    expect(codes(plan(request(), idle({ bindings, migrations: known([]) })).findings)).toEqual(["leftover-binding"]);
  });

  it("polls again where a migration has ended just now", () => {
    const decided = plan(request(), idle({ attachments, migrations: known([entry(touched(5))]) }));
    expect(decided.action).toBe("look-again");
    expect(codes(decided.findings)).toEqual(["attached-twice"]);
  });

  it.each([
    ["long ago", known([entry(touched(120))])],
    ["never", known([])],
    ["at an unknown time", known([entry({ updatedAt: null, createdAt: null })])],
  ])("refuses where one ended %s", (_, migrations) => {
    expect(plan(request(), idle({ attachments, migrations })).action).toBe("refuse");
  });
});

describe("plan: users who may not see hosts", () => {
  const blind = (on: string) => {
    const { hostId } = server({ host: on });
    return snapshot({
      server: { ...server(), host: null, hypervisorHostname: null, hostId },
      hosts: unknown("forbidden"),
    });
  };

  it("knows by hostId that the server is there", () => {
    expect(plan(request(), blind("node-31"))).toMatchObject({ action: "nothing", destination: { host: undefined } });
  });

  it("knows by hostId that it is elsewhere, and that the rights to move it are missing", () => {
    const decided = plan(request(), blind("node-28"));
    expect(decided.action).toBe("refuse");
    expect(codes(decided.findings)).toContain("no-migration-rights");
  });
});

it("is a function: the same snapshot gives the same plan, and is left as it was", () => {
  const facts = snapshot({ hosts: known(HOSTS) });
  const copy = structuredClone(facts);
  expect(plan(request({ zone: "nova2" }), facts)).toEqual(plan(request({ zone: "nova2" }), facts));
  expect(facts).toEqual(copy);
});
