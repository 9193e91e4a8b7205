import { describe, expect, it } from "vitest";
import { pollInterval, type PollState } from "../../../migration/polling.ts";
import { Watch } from "../../../migration/watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NovaModel } from "../../support/nova-model.ts";
import { SERVER } from "../../support/samples.ts";

/** Watches one move that takes so many milliseconds. */
async function watched(runs: number) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, { runs });
  await nova.start(SERVER, "node-31", { kind: "validated", microversion: "2.90" });
  const [began, before] = [clock.now(), nova.requestCount()];
  const options = { serverId: SERVER, destination: "node-31", migrationId: null, newestBefore: null };
  const limits = { timeoutSeconds: 3600, stallSeconds: 300, onTimeout: "fail" as const };
  const interrupted = new AbortController().signal;
  const { end } = await new Watch(nova, clock, { ...options, ...limits, interrupted }, () => undefined).run();
  expect(end).toMatchObject({ state: "ended", status: "completed" });
  return {
    seconds: (clock.now() - began) / 1000,
    requests: nova.requestCount() - before,
    late: (clock.now() - Date.parse(nova.records[0]?.updatedAt ?? "")) / 1000,
  };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;

describe.each([1, 2, 4, 8, 15, 30, 60, 180, 600])("watching moves of about %d s", (length) => {
  it("costs two requests a second at most, and sees the end within 0.3 s", async () => {
    // Ends at all phases of a pause.
    const moves = await Promise.all(Array.from({ length: 40 }, (_, i) => watched(length * 1000 + i * 37)));
    // The first and the last look, with the record, take up to seven more between them.
    for (const { requests, seconds } of moves) expect(requests).toBeLessThanOrEqual(2 * seconds + 7);
    expect(median(moves.map(({ late }) => late))).toBeLessThanOrEqual(0.3);
    // A move that nothing foretells is seen at the next of two looks a second.
    expect(Math.max(...moves.map(({ late }) => late))).toBeLessThanOrEqual(length < 15 ? 0.5 : 0.3);
  });
});

describe("pollInterval", () => {
  const state: PollState = { phase: "running", elapsed: 10_000, remaining: null, sent: 10, idle: false };

  it.each<[string, Partial<PollState>, number]>([
    ["looks twice a second where nothing is foretold", {}, 500],
    ["looks rarely while Nova has it queued", { phase: "queued" }, 3_000],
    ["looks rarely far from the end", { remaining: 60_000 }, 5_000],
    ["looks often near it", { remaining: 300 }, 250],
    ["looks no more often than two requests a second allow", { remaining: 300, sent: 24 }, 500],
    ["looks rarely at an idle server whose record stays as it is", { idle: true }, 1_000],
  ])("%s", (_, over, expected) => {
    expect(pollInterval({ ...state, ...over })).toBe(expected);
  });
});
