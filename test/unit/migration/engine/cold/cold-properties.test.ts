import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { SnapshotScope } from "../../../../../migration/cloud/cloud-api.ts";
import { CloudLost, NotFound, OutcomeUnknown, ServerGone } from "../../../../../migration/contract/failure.ts";
import type { MigrationRecord } from "../../../../../migration/contract/record.ts";
import { run } from "../../../../../migration/engine/run.ts";
import { DEFAULT_COLD_SCRIPT, type ColdEnding, type ColdScript } from "../../../../support/engine/cold-model.ts";
import { FakeClock } from "../../../../support/engine/fake-clock.ts";
import { Killed, killedAt } from "../../../../support/engine/killable-cloud.ts";
import type { Delivery } from "../../../../support/engine/migration-script.ts";
import { NovaModel } from "../../../../support/engine/nova-model.ts";
import { contextOf, tempJournal } from "../../../../support/engine/run-context.ts";
import { request } from "../../../../support/engine/samples.ts";

const EXPECTED = [CloudLost, NotFound, OutcomeUnknown, ServerGone, Killed];

/** The record, or null if the run ended without one. */
async function outcomeOf(running: Promise<MigrationRecord>): Promise<MigrationRecord | null> {
  try {
    return await running;
  } catch (error) {
    if (EXPECTED.some((kind) => error instanceof kind)) return null;
    throw error;
  }
}

const delivery = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Delivery>("answered") },
  { weight: 1, arbitrary: fc.constantFrom<Delivery>("answer-lost", "never-arrives") },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 150_000 }).map((after): Delivery => ({ after })) },
);
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** One run: what becomes of its requests and of the move, when it is killed, what others do, and the time until the next. */
const attempt = fc.record({
  delivery,
  decision: delivery,
  ending: mostly<ColdEnding>("arrives", "no-valid-host", "rolled-back", "start-fails", "source-dies"),
  choosing: fc.integer({ min: 0, max: 5_000 }),
  copying: fc.integer({ min: 0, max: 30_000 }),
  starting: fc.integer({ min: 0, max: 5_000 }),
  deciding: mostly<number | null>(1_500, 0, 20_000, null),
  damage: mostly<ColdScript["damage"]>("none", "volume-missing", "volume-twice", "guest-off"),
  confirmWindow: mostly<number | null>(null, 0, 3_000),
  killedAt: fc.oneof(fc.constant(1_000), fc.integer({ min: 1, max: 40 })),
  when: fc.constantFrom<"before" | "after">("before", "after"),
  others: mostly<"nothing" | "confirm" | "revert">("nothing", "confirm", "revert"),
  othersAt: fc.integer({ min: 0, max: 60_000 }),
  pause: fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constant(600_000)),
  away: mostly(0, 20_000, 100_000),
});

/** Nothing of the script leaves the server in a state that needs a human. */
const isBenign = ({ ending, deciding, damage }: ColdScript) =>
  ending !== "start-fails" && ending !== "source-dies" && deciding !== null && damage === "none";

it("cold moves that are killed, repeated and interfered with at random lose no server, confirm nothing unverified, and never lie", async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(attempt, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      async (attempts, ran, keepsJournal) => {
        const clock = new FakeClock();
        const nova = new NovaModel(clock);
        const off = { status: "SHUTOFF", vmState: "stopped", running: false };
        if (!ran) nova.state = { ...nova.state, ...off };
        const before = ran ? { status: "ACTIVE", running: true } : { status: "SHUTOFF", running: false };
        const journal = tempJournal();
        let benign = true;
        for (const { killedAt: call, when, pause, away, others, othersAt, ...script } of attempts) {
          nova.cold.script = { ...DEFAULT_COLD_SCRIPT, ...script };
          benign &&= isBenign(nova.cold.script);
          if (away > 0) clock.after(1_000, () => (nova.awayUntil = clock.now() + away));
          if (others !== "nothing") clock.after(othersAt, () => void nova.cold.byOthers(others));
          let starts = 0;
          /** Seen by this run since the server waits for its confirmation. */
          let verified = false;
          const watched = new Proxy(nova, {
            get(target, name: keyof NovaModel) {
              if (name === "startCold") {
                return (id: string, host: string | null) => {
                  starts += 1;
                  expect(nova.state).toMatchObject({ taskState: null, host: "node-28", status: before.status });
                  return target.startCold(id, host);
                };
              }
              if (name === "snapshot") {
                return async (id: string, scope: SnapshotScope) => {
                  const snapshot = await target.snapshot(id, scope);
                  verified ||= scope.purpose === "verify" && snapshot.server.status === "VERIFY_RESIZE";
                  return snapshot;
                };
              }
              if (name === "confirm") {
                return () => {
                  expect(verified).toBe(true);
                  expect(nova.attached).not.toEqual([]);
                  expect(nova.attached).not.toHaveLength(2);
                  // Without its journal a run cannot know whether the guest ran before.
                  if (keepsJournal) expect(nova.state.running).toBe(before.running);
                  return target.confirm();
                };
              }
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === "function" ? (value.bind(target) as unknown) : value;
            },
          });
          const { cloud } = killedAt(watched, call, when);
          const asked = request({ cold: true, timeoutSeconds: 300 });
          const context = contextOf(cloud, clock, keepsJournal ? { journal } : {});
          const record = await outcomeOf(run(asked, context));
          const outcome = record?.outcome ?? "none";
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          expect(starts).toBeLessThanOrEqual(1);
          const at = { taskState: null, ...(benign && { status: before.status, running: before.running }) };
          if (outcome === "migrated" || outcome === "already-there") {
            expect(nova.state).toMatchObject({ host: "node-31", ...at });
            expect(nova.attached).toEqual(["node-31"]);
            if (outcome === "migrated") expect(nova.cold.records[0]?.status).toBe("confirmed");
          }
          if (outcome === "failed") {
            expect(nova.state).toMatchObject({ host: "node-28", taskState: null, ...before });
            expect(nova.attached).toEqual(["node-28"]);
          }
          if (outcome === "needs-attention") expect([benign, record?.summary]).toEqual([false, record?.summary]);
          await clock.sleep(pause);
        }
      },
    ),
    { numRuns: 400 },
  );
  // The property would hold for an engine that does nothing: see that all ends are reached.
  for (const outcome of [
    "migrated",
    "already-there",
    "refused",
    "failed",
    "needs-attention",
    "still-running",
    "none",
  ]) {
    expect([outcome, outcomes.has(outcome)]).toEqual([outcome, true]);
  }
}, 120_000);
