import { describe, expect, it } from "vitest";
import { run } from "../../../migration/engine/run.ts";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import type { MigrationRequestInput } from "../../../migration/contract/request.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { Killed, killedAt } from "../../support/engine/killable-cloud.ts";
import { NovaModel } from "../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../support/engine/migration-script.ts";
import { contextOf, tempJournal } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";

interface Scenario {
  script?: Partial<MigrationScript>;
  changes?: Partial<MigrationRequestInput>;
  pin?: string;
  /** How long until the run is repeated, in milliseconds. */
  pause: number;
  journal?: boolean;
}

/** Kills a run at its n-th call, repeats it, and tells what came of it; null: it was over before that call. */
async function killAndRepeat(scenario: Scenario, call: number, when: "before" | "after") {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, { runs: 1_500, ...scenario.script });
  nova.state = { ...nova.state, pin: scenario.pin ?? null };
  const journal = tempJournal();
  const asked = request(scenario.changes);
  const { cloud, reached } = killedAt(nova, call, when);
  await run(asked, contextOf(cloud, clock, { journal })).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  if (!reached()) return null;
  await clock.sleep(scenario.pause);
  const again = () => run(asked, contextOf(nova, clock, scenario.journal === false ? {} : { journal }));
  return { record: await again(), again, nova, journal };
}

/** The same for every call that a run makes. */
async function everywhere(
  scenario: Scenario,
  judge: (after: NonNullable<Awaited<ReturnType<typeof killAndRepeat>>>) => Promise<void> | void,
) {
  let points = 0;
  for (const when of ["before", "after"] as const) {
    for (let call = 1; ; call++) {
      const after = await killAndRepeat(scenario, call, when);
      if (after === null) break;
      points += 1;
      await judge(after);
    }
  }
  // Resolve, snapshot, POST, several looks and the verification, at least.
  expect(points).toBeGreaterThan(12);
}

const failedChecks = ({ checks }: MigrationRecord) => checks.filter(({ outcome }) => outcome === "failed");
const PAUSES = [0, 700, 2_200, 60_000];

describe("a run that is killed at any point and repeated", { timeout: 60_000 }, () => {
  it.each(PAUSES)("moves the server once and verifies it (repeated after %i ms)", async (pause) => {
    await everywhere({ pause }, async ({ record, nova, journal }) => {
      expect(["migrated", "already-there"]).toContain(record.outcome);
      expect(failedChecks(record)).toEqual([]);
      expect(nova.posts).toHaveLength(1);
      expect(nova.arrivals).toEqual(["node-31"]);
      expect(await journal.read(record.server.id)).toBeNull();
    });
  });

  it("does so without its journal, as on another machine", async () => {
    await everywhere({ pause: 700, journal: false }, ({ record, nova }) => {
      expect(["migrated", "already-there"]).toContain(record.outcome);
      expect(nova.posts).toHaveLength(1);
    });
  });

  it.each(PAUSES)("pins the server to its new zone after it was unpinned (repeated after %i ms)", async (pause) => {
    await everywhere({ pause, changes: { azPin: "unpin" }, pin: "nova" }, ({ record, nova }) => {
      expect(failedChecks(record)).toEqual([]);
      expect(nova.state).toMatchObject({ host: "node-31", pin: "nova2" });
      expect(nova.posts).toHaveLength(1);
    });
  });

  it.each(PAUSES)("restores the pin if the move fails (repeated after %i ms)", async (pause) => {
    const script = { ending: "rolled-back" } as const;
    await everywhere({ script, pause, changes: { azPin: "unpin" }, pin: "nova" }, ({ record, nova }) => {
      expect(record.outcome).toBe("failed");
      expect(nova.state).toMatchObject({ host: "node-28", pin: "nova" });
    });
  });

  it("restores the pin if the repetition is refused", async () => {
    const clock = new FakeClock();
    const nova = new NovaModel(clock);
    nova.state = { ...nova.state, pin: "nova" };
    const journal = tempJournal();
    const asked = request({ azPin: "unpin" });
    // resolve, snapshot, unpin, POST
    const { cloud } = killedAt(nova, 4, "before");
    await expect(run(asked, contextOf(cloud, clock, { journal }))).rejects.toThrow(Killed);
    expect(nova.state.pin).toBeNull();
    nova.adjust = (facts) => ({ ...facts, fitting: { known: true, value: [] } });
    const record = await run(asked, contextOf(nova, clock, { journal }));
    expect(record.findings.map(({ code }) => code)).toEqual(["destination-full"]);
    expect(nova.state.pin).toBe("nova");
  });
});

describe("what a repeated run says of the move", () => {
  const finishedUnseen = async () => {
    const clock = new FakeClock();
    const nova = new NovaModel(clock);
    const journal = tempJournal();
    // resolve, snapshot, POST: killed before the first look
    const { cloud } = killedAt(nova, 4, "before");
    await expect(run(request(), contextOf(cloud, clock, { journal }))).rejects.toThrow(Killed);
    return { clock, nova, journal };
  };

  it("adopts it while it runs", async () => {
    const { clock, nova, journal } = await finishedUnseen();
    await clock.sleep(1_000);
    const record = await run(request(), contextOf(nova, clock, { journal }));
    expect(record).toMatchObject({ outcome: "migrated", adopted: true, source: { host: "node-28" } });
    expect(record.summary).toContain("(begun by an earlier run)");
  });

  it("knows by the journal that it has moved it", async () => {
    const { clock, nova, journal } = await finishedUnseen();
    await clock.sleep(60_000);
    const record = await run(request(), contextOf(nova, clock, { journal }));
    expect(record).toMatchObject({
      outcome: "migrated",
      adopted: true,
      migration: { id: 1 },
      source: { host: "node-28" },
    });
  });

  it("knows it by the last record of Pulumi, on another machine", async () => {
    const { clock, nova } = await finishedUnseen();
    await clock.sleep(60_000);
    const last = await run(request({ host: "node-31" }), contextOf(nova, clock));
    expect(last.outcome).toBe("already-there");
    const previous = { ...last, current: { ...last.current, host: "node-28" } };
    const record = await run(request(), contextOf(nova, clock, { previous }));
    expect(record).toMatchObject({ outcome: "migrated", adopted: true, source: { host: "node-28" } });
  });

  it("does not claim a move that Pulumi's last record has seen already, or of another server", async () => {
    const { clock, nova } = await finishedUnseen();
    await clock.sleep(60_000);
    const previous = await run(request(), contextOf(nova, clock));
    expect((await run(request(), contextOf(nova, clock, { previous }))).outcome).toBe("already-there");
    const other = { ...previous, server: { id: "x", name: "x" }, current: { ...previous.current, host: "node-28" } };
    expect((await run(request(), contextOf(nova, clock, { previous: other }))).outcome).toBe("already-there");
  });
});
