import { describe, expect, it } from "vitest";
import { CloudLost } from "../../../../migration/contract/failure.ts";
import { startOnce } from "../../../../migration/engine/send-and-reconcile.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { entry, observed, SERVER } from "../../../support/engine/samples.ts";
import { ScriptedCloud, type Script } from "../../../support/engine/scripted-cloud.ts";

const METHOD = { kind: "validated", microversion: "2.96" } as const;
const LOST = { outcome: "unknown", reason: "the connection broke" } as const;
const begin = async (script: Script, newestBefore: number | null = 7) => {
  const [cloud, clock] = [new ScriptedCloud(script), new FakeClock()];
  const began = clock.now();
  const started = await startOnce(cloud, clock, { serverId: SERVER, host: "node-31", method: METHOD, newestBefore });
  expect(cloud.count("start")).toBe(1);
  return { cloud, started, waited: clock.now() - began };
};

describe("startOnce", () => {
  it("takes an answer for what it says", async () => {
    const accepted = await begin({ start: [{ outcome: "accepted", requestId: "req-1" }] });
    expect(accepted.started).toEqual({ outcome: "started", requestId: "req-1", migration: null });
    const refusal = { outcome: "refused", busy: true, message: "task migrating", requestId: "req-2" } as const;
    expect((await begin({ start: [refusal] })).started).toEqual(refusal);
    expect(accepted.cloud.calls.map(({ args }) => args)).toEqual([[SERVER, "node-31", METHOD]]);
  });

  it.each<[string, Script]>([
    [
      "a newer record",
      { server: [observed()], migrations: [[entry({ id: 7 })], [entry({ id: 8 }), entry({ id: 7 })]] },
    ],
    [
      "a task, where records are hidden",
      { server: [observed(), observed({ taskState: "migrating" })], migrations: [null] },
    ],
    ["the server on its destination", { server: [observed(), observed({ host: "node-31" })], migrations: [null] }],
    ["the server's absence", { server: [observed(), "gone"], migrations: [[]] }],
    [
      "a record, after the API was away",
      { server: [new CloudLost("503"), observed()], migrations: [[entry({ id: 8 })]] },
    ],
  ])("after a lost answer, knows by %s that it has begun", async (_, script) => {
    const { started, waited } = await begin({ start: [LOST], ...script });
    expect(started).toMatchObject({ outcome: "started", requestId: null });
    expect(waited).toBe(1_000);
  });

  it.each<[string, Script["migrations"]]>([
    ["no record", [[]]],
    ["a record without a destination", [[entry({ id: 8, status: "accepted", destCompute: null })]]],
  ])(
    "waits a little for the destination of what has begun, with %s, and then takes it for its own",
    async (_, migrations) => {
      const script = { start: [LOST], server: [observed({ taskState: "migrating" })], migrations: migrations ?? [] };
      const { started, waited } = await begin(script);
      expect([started.outcome, waited]).toEqual(["started", 10_000]);
    },
  );

  it("takes what goes elsewhere for another's: Nova answers 500 to the second of two requests that come at once", async () => {
    const theirs = { id: 8, status: "accepted", destCompute: null };
    const { started } = await begin({
      start: [LOST],
      server: [observed({ taskState: "migrating" })],
      migrations: [[entry(theirs)], [entry({ ...theirs, destCompute: "node-27", status: "running" })]],
    });
    expect(started).toMatchObject({ outcome: "refused", busy: true });
  });

  it("takes one that ended without a destination for its own: the pre-check refused it", async () => {
    const record = entry({ id: 8, status: "error", destCompute: null });
    const { started } = await begin({ start: [LOST], server: [observed()], migrations: [[record]] });
    expect(started).toMatchObject({ outcome: "started", migration: { id: 8 } });
  });

  it("is not fooled by a record of an earlier move, nor by another task", async () => {
    const { started, waited } = await begin({
      start: [LOST],
      server: [observed({ taskState: "rebooting" })],
      migrations: [[entry({ id: 7 })]],
    });
    expect(started).toEqual(LOST);
    expect(waited).toBe(60_000);
  });

  it("stops looking when it is interrupted, after one more look", async () => {
    const cloud = new ScriptedCloud({ start: [LOST], server: [observed()], migrations: [[]] });
    const sent = { serverId: SERVER, host: "node-31", method: METHOD, newestBefore: 7 };
    expect(await startOnce(cloud, new FakeClock(), sent, AbortSignal.abort())).toEqual(LOST);
    expect(cloud.count("server")).toBe(1);
  });

  it("gives up after a minute where the cloud stays away", async () => {
    const { started, waited } = await begin({ start: [LOST], server: [new CloudLost("503")] });
    expect([started, waited]).toEqual([LOST, 60_000]);
  });

  it("does not hide what is no answer of the cloud", async () => {
    await expect(begin({ start: [LOST], server: [new TypeError("bug")] })).rejects.toThrow("bug");
    await expect(begin({ start: [new CloudLost("no token")] })).rejects.toThrow(CloudLost);
  });
});
