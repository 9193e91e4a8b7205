import { describe, expect, it } from "vitest";
import { control } from "../../../../migration/engine/control.ts";
import { run } from "../../../../migration/engine/run.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import { contextOf } from "../../../support/engine/run-context.ts";
import { request, SERVER } from "../../../support/engine/samples.ts";

const METHOD = { kind: "validated", microversion: "2.96" } as const;

/** A migration without an end of its own, and an operator who has pressed Ctrl-C twice by the time at which Nova answers. */
function scenarios() {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, { ending: "endless" });
  const interrupt = new AbortController();
  const context = contextOf(nova, clock, {
    interrupted: interrupt.signal,
    abortAsked: () => Promise.resolve(true),
  });
  const start = nova.start.bind(nova);
  nova.start = async (...wish) => {
    const answer = await start(...wish);
    interrupt.abort();
    return answer;
  };
  return { clock, nova, context, go: () => run(request({}), context) };
}

const ABORTED = { outcome: "failed", migration: { status: "cancelled" }, current: { host: "node-28" } };

describe("an abort that is asked for by hand", () => {
  it("before Nova lists the migration: waits for it, and until Nova takes an abort of it", async () => {
    const { clock, nova, context, go } = scenarios();
    const listed = nova.migrations.bind(nova);
    nova.migrations = async () => (clock.now() < hidden ? [] : await listed());
    const hidden = clock.now() + 300;
    expect(await go()).toMatchObject({ ...ABORTED, adopted: false, requestId: "req-1" });
    const said = context.told.flatMap((one) => (one.kind === "step" && /^abort/.test(one.text) ? [one.text] : []));
    expect(said).toEqual([
      expect.stringMatching(/^abort of migration 1: Migration 1 is (accepted|preparing)$/),
      "abort of migration 1: accepted",
    ]);
    expect(nova.posts).toHaveLength(1);
  });

  it("of one that never shows: stops watching, and aborts nothing", async () => {
    const { nova, go } = scenarios();
    nova.migrations = () => Promise.resolve([]);
    expect(await go()).toMatchObject({ outcome: "still-running", requestId: "req-1" });
    expect([nova.interventions, nova.posts.length]).toEqual([[], 1]);
  });

  it("of one that is adopted, before it is looked at", async () => {
    const { clock, nova, go } = scenarios();
    // Nova lists it, and interrupts as above.
    await nova.start("", "node-31", METHOD);
    await clock.sleep(3_000);
    expect(await go()).toMatchObject({ ...ABORTED, adopted: true });
    expect([nova.interventions, nova.posts.length]).toEqual([["abort"], 1]);
  });
});

describe("a command to intervene", () => {
  it("that comes when the server has arrived, and its record has not ended: tells it as moved", async () => {
    const clock = new FakeClock();
    const nova = new NovaModel(clock);
    const context = contextOf(nova, clock);
    await nova.start("", "node-31", METHOD);
    while (nova.state.host !== "node-31") await clock.sleep(100);
    const arrived = clock.now();
    nova.abort = () => Promise.resolve({ outcome: "declined", message: "in an invalid state" });
    // The record's end follows late.
    const listed = nova.migrations.bind(nova);
    nova.migrations = async () =>
      (await listed())?.map((one) => (clock.now() < arrived + 5_000 ? { ...one, status: "running" } : one)) ?? null;
    expect(await control("abort", SERVER, context)).toMatchObject({
      outcome: "migrated",
      current: { host: "node-31" },
    });
    expect(context.told).toContainEqual({ kind: "step", text: "abort of migration 1: in an invalid state" });
  });
});
