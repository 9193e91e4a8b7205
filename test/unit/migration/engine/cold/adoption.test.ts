import { describe, expect, it } from "vitest";
import { run } from "../../../../../migration/engine/run.ts";
import type { MigrationEntry } from "../../../../../migration/cloud/snapshot.ts";
import { DEFAULT_COLD_SCRIPT } from "../../../../support/engine/cold-model.ts";
import { FakeClock } from "../../../../support/engine/fake-clock.ts";
import { Killed, killedAt } from "../../../../support/engine/killable-cloud.ts";
import { NovaModel } from "../../../../support/engine/nova-model.ts";
import { contextOf, tempJournal } from "../../../../support/engine/run-context.ts";
import { entry, request } from "../../../../support/engine/samples.ts";
import { coldStage, failedChecks } from "../../../../support/engine/staged-cold.ts";

const COLD = request({ cold: true });

/** Kills a run at its n-th call and lets some time pass; null: it was over before that call. */
async function killed(call: number, when: "before" | "after", { pause = 0, runs = true, keepsJournal = true } = {}) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock);
  nova.cold.script = DEFAULT_COLD_SCRIPT;
  if (!runs) nova.state = { ...nova.state, status: "SHUTOFF", vmState: "stopped", running: false };
  const journal = tempJournal();
  const { cloud, reached } = killedAt(nova, call, when);
  await run(COLD, contextOf(cloud, clock, { journal })).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  if (!reached()) return null;
  await clock.sleep(pause);
  const context = contextOf(nova, clock, keepsJournal ? { journal } : {});
  return { nova, clock, journal, again: () => run(COLD, context) };
}

describe("a cold run that is killed at any point and repeated", { timeout: 60_000 }, () => {
  it.each([
    { pause: 0, runs: true, keepsJournal: true },
    { pause: 2_200, runs: false, keepsJournal: true },
    { pause: 60_000, runs: true, keepsJournal: false },
    { pause: 60_000, runs: false, keepsJournal: false },
  ])("moves the server once, confirms it once and verifies it: %j", async (scenario) => {
    let points = 0;
    for (const when of ["before", "after"] as const) {
      for (let call = 1; ; call++) {
        const left = await killed(call, when, scenario);
        if (left === null) break;
        points += 1;
        const record = await left.again();
        expect(["migrated", "already-there"], `${when} ${call}: ${record.summary}`).toContain(record.outcome);
        expect(failedChecks(record)).toEqual([]);
        expect(record.findings.map(({ code }) => code)).not.toContain("confirmed-by-others");
        expect(left.nova.cold.posts).toEqual(["node-31"]);
        expect(left.nova.cold.decisions).toEqual(["confirm"]);
        expect(left.nova.state).toMatchObject({ host: "node-31", status: scenario.runs ? "ACTIVE" : "SHUTOFF" });
        if (scenario.keepsJournal) expect(await left.journal.read(record.server.id)).toBeNull();
      }
    }
    // Resolve, snapshot, POST, several looks, two verifications and the confirmation, at least.
    expect(points).toBeGreaterThan(20);
  });
});

/** Killed when the server waits for its confirmation. */
async function killedUnconfirmed() {
  for (let call = 1; ; call++) {
    const left = await killed(call, "before");
    if (left?.nova.state.status === "VERIFY_RESIZE") return left;
  }
}

describe("what others have done since a run was killed", () => {
  it("such as confirming it is told, and verified", async () => {
    const { again, nova, clock } = await killedUnconfirmed();
    nova.cold.byOthers("confirm");
    await clock.sleep(10_000);
    const record = await again();
    expect(record).toMatchObject({ outcome: "migrated", adopted: true, kind: "cold", confirmation: "confirmed" });
    expect(record.findings.map(({ code }) => code)).toContain("confirmed-by-others");
    expect(failedChecks(record)).toEqual([]);
  });

  it("such as reverting it is told once, and the next run moves it", async () => {
    const { again, nova, clock } = await killedUnconfirmed();
    nova.cold.byOthers("revert");
    expect((await again()).findings.map(({ code }) => code)).toContain("being-reverted");
    await clock.sleep(10_000);
    const record = await again();
    expect(record.outcome).toBe("refused");
    expect(record.findings.map(({ code }) => code)).toContain("reverted-by-others");
    expect(nova.cold.posts).toHaveLength(1);
    expect((await again()).outcome).toBe("migrated");
  });
});

it("a run that is killed while it reverts is finished by the next: failed, and intact", async () => {
  const clock = new FakeClock();
  const nova = new NovaModel(clock);
  nova.cold.script = { ...DEFAULT_COLD_SCRIPT, damage: "volume-missing" };
  const journal = tempJournal();
  const revert = nova.revert.bind(nova);
  nova.revert = async () => {
    await revert();
    throw new Killed();
  };
  await expect(run(COLD, contextOf(nova, clock, { journal }))).rejects.toThrow(Killed);
  await clock.sleep(60_000);
  const record = await run(COLD, contextOf(nova, clock, { journal }));
  expect([record.outcome, record.confirmation, failedChecks(record)]).toEqual(["failed", "reverted", []]);
  expect(record.summary).toContain("a check had failed in the run that reverted it");
  expect(nova.cold.posts).toHaveLength(1);
});

describe("a server that waits for a confirmation that is not this run's", () => {
  const waiting = (over: Partial<MigrationEntry>) => {
    const staged = coldStage();
    const { nova } = staged;
    nova.state = { ...nova.state, status: "VERIFY_RESIZE", vmState: "resized" };
    nova.cold.records = [entry({ type: "migration", status: "finished", ...over })];
    return staged;
  };

  it.each(["node-31", "node-28"])("after a resize is neither confirmed nor reverted (wanted on %s)", async (host) => {
    const { goCold, decide, nova } = waiting({ type: "resize", sourceCompute: "node-27", destCompute: "node-28" });
    const record = await goCold({ host });
    expect([record.outcome, record.findings.map(({ code }) => code)]).toEqual(["refused", ["resized"]]);
    for (const what of ["confirm", "revert"] as const) {
      expect((await decide(what)).findings.map(({ code }) => code)).toEqual(["resized"]);
    }
    expect(nova.cold.decisions).toEqual([]);
    expect(nova.cold.posts).toEqual([]);
  });

  it("on another host than wanted is refused, with both ways out", async () => {
    const { goCold, nova } = waiting({ sourceCompute: "node-27", destCompute: "node-28" });
    const record = await goCold();
    expect([record.outcome, record.findings.map(({ code }) => code)]).toEqual(["refused", ["unconfirmed-elsewhere"]]);
    expect(record.summary).toContain("`live-migrate revert` takes it back to node-27");
    expect(nova.cold.decisions).toEqual([]);
  });

  it("is left alone by a run that is not asked to move it cold", async () => {
    const { go, nova } = waiting({ sourceCompute: "node-27", destCompute: "node-28" });
    expect((await go()).outcome).toBe("refused");
    expect((await go({ host: "node-28" })).findings.map(({ code }) => code)).toContain("there-but-not-running");
    expect(nova.cold.decisions).toEqual([]);
  });
});
