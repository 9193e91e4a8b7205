import { describe, expect, it } from "vitest";
import type { ColdScript } from "../../../../support/engine/cold-model.ts";
import { DEFAULT_SCRIPT } from "../../../../support/engine/migration-script.ts";
import { METHOD } from "../../../../support/engine/staged-run.ts";
import { coldStage, failedChecks } from "../../../../support/engine/staged-cold.ts";

const MOVED = { host: "node-31", taskState: null } as const;
const BACK = { host: "node-28", taskState: null } as const;

describe("a cold move", () => {
  it("of a server that is shut off verifies it, confirms it, verifies it again and leaves it off", async () => {
    const { goCold, nova } = coldStage({}, false);
    const record = await goCold();
    expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
    expect(record).toMatchObject({
      kind: "cold",
      confirmation: "confirmed",
      adopted: false,
      source: { host: "node-28" },
      destination: { host: "node-31" },
      current: { host: "node-31" },
      migration: { status: "confirmed" },
      method: "cold, compute 2.104, host validated by the scheduler",
      requestId: "req-cold-1",
    });
    expect(record.summary).toContain("moved cold from node-28 to node-31");
    expect(record.checks).toContainEqual(
      expect.objectContaining({ check: "power-state", observed: "shut down", outcome: "passed" }),
    );
    expect(record.checks).toContainEqual(
      expect.objectContaining({ check: "migration-allocations", outcome: "passed" }),
    );
    expect(nova.state).toMatchObject({ ...MOVED, status: "SHUTOFF", running: false });
    expect(nova.cold.decisions).toEqual(["confirm"]);
  });

  it("of a running server starts it on its destination", async () => {
    const { goCold, nova, context } = coldStage();
    const record = await goCold();
    expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
    expect(record.findings.map(({ code }) => code)).toContain("guest-stops");
    expect(nova.state).toMatchObject({ ...MOVED, status: "ACTIVE" });
    expect(context.told).toContainEqual(expect.objectContaining({ kind: "phase", phase: "migrating" }));
    expect(nova.posts).toEqual([]);
    const again = await goCold();
    expect([again.outcome, again.kind]).toEqual(["already-there", null]);
    expect(nova.cold.posts).toHaveLength(1);
  });

  it("is chosen by `stopped: cold` for a server that is shut off, and not for one that runs", async () => {
    const off = coldStage({}, false);
    expect(await off.go({ stopped: "cold" })).toMatchObject({ outcome: "migrated", kind: "cold" });
    const on = coldStage();
    expect(await on.go({ stopped: "cold" })).toMatchObject({ outcome: "migrated", kind: "live-volume-backed" });
  });

  it("is not chosen by itself: a server that is shut off is refused, with `--cold` as the way out", async () => {
    const { go, nova } = coldStage({}, false);
    const record = await go();
    expect(record.outcome).toBe("refused");
    expect(record.summary).toContain("run this with `--cold`");
    expect(nova.cold.posts).toEqual([]);
  });

  it("to the host where the server is moves nothing", async () => {
    const { goCold, nova } = coldStage();
    expect((await goCold({ host: "node-28" })).outcome).toBe("already-there");
    expect(nova.cold.posts).toEqual([]);
  });

  it("unpins a pinned server if asked to, and pins it to its new zone once it is confirmed", async () => {
    const { goCold, nova } = coldStage();
    nova.state = { ...nova.state, pin: "nova" };
    expect((await goCold()).findings.map(({ code }) => code)).toContain("pinned");
    expect((await goCold({ azPin: "force" })).summary).toContain("nothing forces a cold migration past the scheduler");
    expect((await goCold({ azPin: "unpin" })).outcome).toBe("migrated");
    expect(nova.pins).toEqual([null, "nova2"]);
    expect(nova.state.pin).toBe("nova2");
  });
});

describe("a cold move that fails", () => {
  it.each<ColdScript["ending"]>(["no-valid-host", "rolled-back"])("by %s is intact on its source", async (ending) => {
    const { goCold, nova } = coldStage({ ending });
    const record = await goCold();
    expect([record.outcome, failedChecks(record)], record.summary).toEqual(["failed", []]);
    expect(record.summary).toContain("the cold migration of admin_vm01");
    expect(record.summary).toContain("It is intact on node-28");
    expect(nova.state).toMatchObject({ ...BACK, status: "ACTIVE" });
    expect(nova.cold.decisions).toEqual([]);
  });

  it("and leaves the server in ERROR needs a human", async () => {
    const record = await coldStage({ ending: "start-fails" }).goCold();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain("left it in ERROR");
  });

  it.each(["node-28", "node-31"])(
    "because the nova-compute of its source or destination (%s) died midway needs a human, and says what to do",
    async (host) => {
      const { goCold, down, clock } = coldStage({ ending: "source-dies" });
      clock.after(1_000, () => {
        down(host);
      });
      const record = await goCold();
      expect(record.outcome).toBe("needs-attention");
      expect(record.summary).toContain(`Restart nova-compute on ${host}`);
    },
  );

  it("to end in time is left to a later run", async () => {
    const { goCold } = coldStage({ copying: 500_000 });
    const record = await goCold({ timeoutSeconds: 60 });
    expect(record.outcome).toBe("still-running");
    expect((await goCold({ timeoutSeconds: 3_600 })).outcome).toBe("migrated");
  });
});

describe("a check that fails before the confirmation", () => {
  it.each<ColdScript["damage"]>(["volume-missing", "volume-twice", "guest-off"])(
    "such as %s has it reverted, and the server verified on its source",
    async (damage) => {
      const { goCold, nova } = coldStage({ damage });
      const record = await goCold();
      expect([record.outcome, failedChecks(record)], record.summary).toEqual(["failed", []]);
      expect(record).toMatchObject({ confirmation: "reverted", current: { host: "node-28" } });
      expect(record.summary).toMatch(/was reverted: its checks on node-31 failed: .*It is intact on node-28/);
      expect(nova.cold.decisions).toEqual(["revert"]);
      expect(nova.state).toMatchObject({ ...BACK, status: "ACTIVE" });
      expect(nova.attached).toEqual(["node-28"]);
    },
  );

  it("leaves the decision to a person with `--keep-unconfirmed`", async () => {
    const { goCold, nova, decide } = coldStage({ damage: "volume-missing" });
    const record = await goCold({ keepUnconfirmed: true });
    expect([record.outcome, record.confirmation]).toEqual(["needs-attention", "open"]);
    expect(nova.cold.decisions).toEqual([]);
    expect((await decide("confirm")).outcome).toBe("needs-attention");
    expect(nova.cold.decisions).toEqual([]);
    expect(await decide("revert")).toMatchObject({ outcome: "migrated", confirmation: "reverted" });
    expect(nova.state).toMatchObject({ ...BACK, status: "ACTIVE" });
  });

  it("needs a human if the source is down: it cannot be reverted", async () => {
    const { goCold, nova, down, clock } = coldStage({ damage: "guest-off" });
    clock.after(4_000, () => {
      down("node-28");
    });
    const record = await goCold();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain("nova-compute on node-28 is down, and without it nothing takes the server back");
    expect(nova.cold.decisions).toEqual([]);
  });

  it("needs a human if the destination is down, which has to give it up first", async () => {
    const { goCold, nova, down, clock } = coldStage({ damage: "guest-off" });
    clock.after(5_000, () => {
      down("node-31");
    });
    const record = await goCold();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain("nova-compute on node-31 is down, and without it nothing takes the server back");
    expect(nova.cold.decisions).toEqual([]);
  });

  it("needs a human if the revert does not end", async () => {
    const record = await coldStage({ damage: "guest-off", deciding: null }).goCold();
    expect(record.outcome).toBe("needs-attention");
    expect(record.summary).toContain("its revert was requested");
  });
});

describe("what cannot be checked before the confirmation", () => {
  it("leaves it unconfirmed until the next run can", async () => {
    const { goCold, nova } = coldStage();
    nova.adjust = (facts) =>
      nova.cold.arrivals.length === 0 ? facts : { ...facts, allocations: { known: false, reason: "503" } };
    const record = await goCold();
    expect([record.outcome, record.confirmation], record.summary).toEqual(["still-running", "open"]);
    expect(record.summary).toContain("is not confirmed, because not all of it could be verified: allocations");
    expect(nova.cold.decisions).toEqual([]);
    nova.adjust = (facts) => facts;
    expect(await goCold()).toMatchObject({ outcome: "migrated", adopted: true, confirmation: "confirmed" });
  });
});

describe("a confirmation", () => {
  it("is not sent while the source's nova-compute is down, which would leave it hanging", async () => {
    const { goCold, nova, down, clock } = coldStage();
    clock.after(4_000, () => {
      down("node-28");
    });
    const record = await goCold();
    expect([record.outcome, record.confirmation]).toEqual(["still-running", "open"]);
    expect(record.summary).toContain("nova-compute on node-28 is down");
    expect(nova.cold.decisions).toEqual([]);
    nova.adjust = (facts) => facts;
    expect((await goCold()).outcome).toBe("migrated");
    expect(nova.cold.posts).toHaveLength(1);
  });

  it("does not need the destination's nova-compute, which may have died since the server arrived", async () => {
    const { goCold, down, clock } = coldStage();
    clock.after(4_600, () => {
      down("node-31");
    });
    expect((await goCold()).outcome).toBe("migrated");
  });

  it("that hangs is left to a later run after a while", async () => {
    const { goCold, nova, clock } = coldStage({ deciding: null });
    const began = clock.now();
    const record = await goCold();
    expect([record.outcome, record.confirmation]).toEqual(["still-running", "open"]);
    expect(record.summary).toContain("Nova has not confirmed it");
    expect(clock.now() - began).toBeLessThan(600_000);
    expect(nova.cold.decisions).toEqual(["confirm"]);
  });

  it("that Nova declines is told, and nothing is called a success", async () => {
    const { goCold, nova } = coldStage();
    nova.confirm = () => Promise.resolve({ outcome: "declined", message: "Instance is locked." });
    const record = await goCold();
    expect([record.outcome, record.confirmation]).toEqual(["still-running", "open"]);
    expect(record.summary).toContain("Nova declines to confirm it: Instance is locked");
  });

  it("that this user may not send names who may: exit 6, and nothing is called a success", async () => {
    const { goCold, nova } = coldStage();
    nova.confirm = () => Promise.resolve({ outcome: "declined", message: "Policy says no.", forbidden: true });
    const record = await goCold();
    expect([record.outcome, record.confirmation]).toEqual(["still-running", "open"]);
    expect(record.summary).toContain(
      "this user may not confirm it (Policy says no). Use an account that may (Nova's policy os_compute_api:servers:confirm_resize",
    );
  });

  it.each<ColdScript["decision"]>(["answer-lost", { after: 2_500 }])(
    "whose answer is lost (%j) is not sent blindly, and done once",
    async (decision) => {
      const { goCold, nova } = coldStage({ decision });
      const record = await goCold();
      expect(record.outcome, record.summary).toBe("migrated");
      expect(nova.cold.decisions).toEqual(["confirm"]);
    },
  );

  it("by Nova itself before it was verified is told, and verified afterwards", async () => {
    const { goCold, nova } = coldStage({ confirmWindow: 0 });
    const record = await goCold();
    expect([record.outcome, failedChecks(record)], record.summary).toEqual(["migrated", []]);
    expect(record.findings.map(({ code }) => code)).toContain("confirmed-by-others");
    expect(nova.cold.decisions).toEqual(["confirm"]);
  });
});

describe("others who decide during a run", () => {
  it("and revert it: the server is verified on its source, and nothing is confirmed", async () => {
    const { goCold, nova, clock } = coldStage();
    clock.after(4_600, () => void nova.cold.byOthers("revert"));
    const record = await goCold();
    expect(record, record.summary).toMatchObject({ outcome: "failed", confirmation: "reverted" });
    expect(record.summary).toContain("was reverted: by someone else");
    expect(nova.cold.decisions).toEqual(["revert"]);
  });

  it("and move it on, once it is confirmed: left open, and no human is called", async () => {
    const { goCold, nova, clock } = coldStage();
    const confirm = nova.confirm.bind(nova);
    nova.confirm = async () => {
      clock.after(1_600, () => {
        nova.beginOther("node-27", METHOD, { ...DEFAULT_SCRIPT, runs: 0, choosing: 0 });
      });
      return await confirm();
    };
    const record = await goCold();
    expect([record.outcome, record.findings.map(({ code }) => code)], record.summary).toEqual([
      "still-running",
      ["guest-stops", expect.stringMatching(/^(migrating-elsewhere|moved-by-others)$/)],
    ]);
    await clock.sleep(60_000);
    expect(nova.state).toMatchObject({ host: "node-27", status: "ACTIVE" });
  });

  it("and delete it end the run", async () => {
    const { goCold, nova, clock } = coldStage();
    clock.after(2_000, () => (nova.deleted = true));
    await expect(goCold()).rejects.toThrow("was deleted while");
  });
});

describe("an interruption", () => {
  it("before the confirmation leaves it open, and the same command goes on", async () => {
    const { goCold, nova } = coldStage({}, true, 2_000);
    const record = await goCold();
    expect(record.outcome).toBe("still-running");
    expect(nova.cold.decisions).toEqual([]);
  });
});

describe("`--keep-unconfirmed`", () => {
  it.each([true, false])("verifies and leaves the decision to a person (the guest runs: %s)", async (runs) => {
    const { goCold, nova, decide } = coldStage({}, runs);
    const record = await goCold({ keepUnconfirmed: true });
    expect([record.outcome, record.confirmation, failedChecks(record)]).toEqual(["migrated", "open", []]);
    expect(record.summary).toContain("verified and not confirmed: `live-migrate confirm` keeps it there");
    expect(nova.state.status).toBe("VERIFY_RESIZE");
    const again = await goCold({ keepUnconfirmed: true });
    expect([again.outcome, again.confirmation, again.adopted]).toEqual(["migrated", "open", true]);
    const confirmed = await decide("confirm");
    expect([confirmed.outcome, failedChecks(confirmed)], confirmed.summary).toEqual(["migrated", []]);
    expect(nova.state).toMatchObject({ ...MOVED, status: runs ? "ACTIVE" : "SHUTOFF" });
    expect((await decide("confirm")).outcome).toBe("already-there");
    await expect(decide("revert")).rejects.toThrow("there is nothing to revert; the last one");
  });

  it("and `revert` take the server back", async () => {
    const { goCold, nova, decide } = coldStage({}, false);
    await goCold({ keepUnconfirmed: true });
    const record = await decide("revert");
    expect([record.outcome, record.confirmation, failedChecks(record)]).toEqual(["migrated", "reverted", []]);
    // The exit code is that of the outcome: where it was to be is where it is.
    expect(record).toMatchObject({
      source: { host: "node-31" },
      destination: { host: "node-28" },
      current: { host: "node-28" },
    });
    expect(record.summary).toContain("was taken back from node-31 to node-28: its cold migration is reverted");
    expect(nova.state).toMatchObject({ ...BACK, status: "SHUTOFF" });
    expect((await decide("revert")).outcome).toBe("already-there");
    await expect(decide("confirm")).rejects.toThrow("there is nothing to confirm");
  });
});
