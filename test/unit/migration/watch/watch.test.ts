import { describe, expect, it } from "vitest";
import { CloudLost } from "../../../../migration/contract/failure.ts";
import type { ProgressEvent } from "../../../../migration/progress.ts";
import { Watch, type WatchOptions } from "../../../../migration/watch/watch.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../../support/engine/migration-script.ts";
import { entry, observed, SERVER, snapshot } from "../../../support/engine/samples.ts";
import { ScriptedCloud } from "../../../support/engine/scripted-cloud.ts";

const OPTIONS: WatchOptions = {
  serverId: SERVER,
  destination: "node-31",
  migrationId: null,
  newestBefore: null,
  timeoutSeconds: 600,
  stallSeconds: 300,
  onTimeout: "fail",
  interrupted: new AbortController().signal,
};

/** Watches a move that began after record 7. */
const watchScript = (cloud: ScriptedCloud, clock: FakeClock, over: Partial<WatchOptions>) =>
  new Watch(cloud, clock, { ...OPTIONS, newestBefore: 7, ...over }, () => undefined).run();

function scenarios(script: Partial<MigrationScript> = {}, over: Partial<WatchOptions> = {}) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, script);
  const told: ProgressEvent[] = [];
  const options = { ...OPTIONS, ...over };
  const watch = async () => {
    await nova.start("", "node-31", { kind: "validated", microversion: "2.96" });
    return await new Watch(nova, clock, options, (event) => void told.push(event)).run();
  };
  return { clock, nova, told, watch };
}

describe("Watch: the end", () => {
  it("comes when the record says so, within a second", async () => {
    const { clock, nova, watch } = scenarios({ runs: 9_000 });
    const { end, migration } = await watch();
    expect(end).toEqual({ state: "ended", status: "completed", onDestination: true });
    expect(migration).toMatchObject({ id: 1, status: "completed", destCompute: "node-31" });
    const ended = Date.parse(nova.records[0]?.updatedAt ?? "");
    // The look at the server, every five seconds, takes a second request.
    expect(clock.now() - ended).toBeLessThanOrEqual(1_000);
  });

  it("waits for the rollback behind an `error`", async () => {
    // Nova writes `failed` only when the server has no task any more: not to be caught in between.
    for (let runs = 1_000; runs < 1_600; runs += 20) {
      const { end } = await scenarios({ ending: "rolled-back", runs }).watch();
      expect(end).toEqual({ state: "ended", status: "failed", onDestination: false });
    }
  });

  it("is not that of someone else's migration that follows at once", async () => {
    const clock = new FakeClock();
    const mine = entry({ id: 8, status: "running" });
    const other = entry({ id: 9, status: "completed", destCompute: "node-27" });
    const busy = observed({ taskState: "migrating" });
    const cloud = new ScriptedCloud({
      server: [busy],
      migrations: [[mine], [other, { ...mine, status: "completed" }]],
      counters: [null],
      snapshot: [snapshot({}, "node-27")],
    });
    const watched = await watchScript(cloud, clock, { timeoutSeconds: 9, stallSeconds: 9 });
    expect(watched.migration?.id).toBe(8);
    expect(watched.end).toEqual({ state: "ended", status: "completed", onDestination: false });
  });

  it("is `stuck` a minute after the server is idle and the record is not", async () => {
    const { end } = await scenarios({ ending: "record-stays" }).watch();
    expect(end).toEqual({ state: "stuck", status: "running", onDestination: false });
  });

  it("is `gone` when the server is", async () => {
    const { clock, nova, watch } = scenarios();
    clock.after(2_000, () => (nova.deleted = true));
    expect((await watch()).end).toEqual({ state: "gone" });
  });
});

describe("Watch: time", () => {
  it("runs out at the deadline, with nothing sent", async () => {
    const { clock, nova, watch } = scenarios({ ending: "endless" }, { timeoutSeconds: 20 });
    const began = clock.now();
    expect((await watch()).end).toEqual({ state: "timeout", why: "not done after 20 s" });
    expect(clock.now() - began).toBeGreaterThan(20_000);
    expect(clock.now() - began).toBeLessThan(26_000);
    expect(nova.interventions).toEqual([]);
  });

  it("does not run while Nova has it queued", async () => {
    const { watch } = scenarios({ queued: 120_000, runs: 5_000 }, { timeoutSeconds: 30 });
    const { end, phases } = await watch();
    expect(end).toMatchObject({ state: "ended", status: "completed" });
    expect(phases.find(({ phase }) => phase === "queued")?.seconds).toBeGreaterThan(110);
  });

  it("runs on when Nova no longer lists what was queued", async () => {
    const { clock, nova, watch } = scenarios({ queued: 3_600_000 }, { timeoutSeconds: 30 });
    clock.after(10_000, () => (nova.migrations = () => Promise.resolve([])));
    expect((await watch()).end).toEqual({ state: "timeout", why: "not done after 30 s" });
  });

  it("is out when memory reaches no new low", async () => {
    const { end } = await scenarios({ ending: "endless" }, { stallSeconds: 40 }).watch();
    expect(end).toEqual({ state: "timeout", why: "memory remaining has reached no new low for 40 s" });
  });

  it("is out also when memory goes up and down", async () => {
    const { nova, watch } = scenarios({ ending: "endless" }, { stallSeconds: 60 });
    let turn = 0;
    nova.counters = () =>
      Promise.resolve({ status: "running", totalBytes: 100, processedBytes: 0, remainingBytes: 50 + (turn++ % 3) });
    expect((await watch()).end).toMatchObject({
      state: "timeout",
      why: expect.stringContaining("no new low") as string,
    });
  });

  it.each([
    ["abort", "cancelled", false],
    ["force-complete", "completed", true],
  ] as const)(
    "asks for %s where the policy says so, and watches what comes of it",
    async (onTimeout, status, onDestination) => {
      const { nova, watch } = scenarios({ ending: "endless" }, { timeoutSeconds: 20, onTimeout });
      const { end, interventions } = await watch();
      expect(end).toEqual({ state: "ended", status, onDestination });
      expect(interventions).toEqual([`${onTimeout} (not done after 20 s): accepted`]);
      expect(nova.interventions).toEqual([onTimeout]);
    },
  );

  it("asks again once the status in which Nova declined is over", async () => {
    const { nova, watch } = scenarios(
      { ending: "endless", choosing: 30_000 },
      { timeoutSeconds: 20, onTimeout: "force-complete" },
    );
    const complete = nova.forceComplete.bind(nova);
    nova.forceComplete = async (server, id) => {
      const status = (await nova.migrations())?.[0]?.status;
      return status === "running"
        ? await complete(server, id)
        : { outcome: "declined", message: `Migration ${String(id)} is ${String(status)}` };
    };
    const { end, interventions } = await watch();
    expect(end).toMatchObject({ state: "ended", status: "completed" });
    expect(interventions.at(-1)).toBe("force-complete (not done after 20 s): accepted");
    expect(interventions.length).toBeGreaterThan(1);
    expect(nova.interventions).toEqual(["force-complete"]);
  });

  it("asks once, tells Nova's answer, and gives up two minutes later", async () => {
    const { nova, watch } = scenarios({ ending: "endless" }, { timeoutSeconds: 20, onTimeout: "abort" });
    nova.abort = () => Promise.resolve({ outcome: "declined", message: "Migration 1 is busy" });
    const { end, interventions } = await watch();
    expect(end).toMatchObject({ state: "timeout", why: "still running 120 s after the abort" });
    expect(interventions).toEqual(["abort (not done after 20 s): Migration 1 is busy"]);
  });
});

describe("Watch: interruptions", () => {
  it("ends at once when interrupted, and sends nothing", async () => {
    const interrupted = new AbortController();
    const { clock, nova, watch } = scenarios({ ending: "endless" }, { interrupted: interrupted.signal });
    const began = clock.now();
    clock.after(7_000, () => {
      interrupted.abort();
    });
    expect((await watch()).end).toEqual({ state: "interrupted" });
    expect(clock.now() - began).toBe(7_000);
    expect(nova.interventions).toEqual([]);
  });

  it("continues while the cloud is away for a while, and says so", async () => {
    const { clock, nova, told, watch } = scenarios({ runs: 20_000 });
    clock.after(5_000, () => (nova.awayUntil = clock.now() + 200_000));
    expect((await watch()).end).toMatchObject({ state: "ended", status: "completed" });
    expect(told).toContainEqual({
      kind: "warning",
      text: "the cloud does not answer (503 Service Unavailable); still watching",
    });
  });

  it("gives up when the cloud stays away for five minutes", async () => {
    const { clock, nova, watch } = scenarios();
    clock.after(2_000, () => (nova.awayUntil = Infinity));
    await expect(watch()).rejects.toThrow(CloudLost);
    expect(clock.now()).toBeGreaterThan(Date.parse("2026-01-01T00:05:00Z"));
  });

  it("does not hide a fault of its own", async () => {
    const { nova, watch } = scenarios();
    nova.server = () => Promise.reject(new TypeError("bug"));
    await expect(watch()).rejects.toThrow("bug");
  });
});

it("tells phases and memory as they change", async () => {
  const { told, watch } = scenarios({ queued: 10_000, runs: 30_000 });
  const { phases, memoryTotalBytes } = await watch();
  expect(told.filter(({ kind }) => kind === "phase").map((event) => "phase" in event && event.phase)).toEqual([
    "queued",
    "running",
  ]);
  expect(told.filter(({ kind }) => kind === "memory").length).toBeGreaterThan(3);
  expect(phases.map(({ phase }) => phase)).toEqual(["accepted", "queued", "running"]);
  expect(memoryTotalBytes).toBe(1024 ** 3);
});

it("asks at most twice a second, and rarely while queued", async () => {
  const busy = scenarios({ runs: 60_000 });
  const began = busy.clock.now();
  await busy.watch();
  expect(busy.nova.requestCount() / ((busy.clock.now() - began) / 1000)).toBeLessThan(2.5);
  const queued = scenarios({ queued: 300_000, runs: 1_000 });
  await queued.watch();
  expect(queued.nova.requestCount()).toBeLessThan(250);
});
