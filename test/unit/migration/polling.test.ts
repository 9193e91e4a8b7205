import { describe, expect, it } from "vitest";
import { pollInterval, type PollState } from "../../../migration/polling.ts";
import { Watch } from "../../../migration/watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NovaModel, type Story } from "../../support/nova-model.ts";
import { SERVER } from "../../support/samples.ts";

/** Nova's part beside the copy of memory: choosing and preparing before it, and the record's lag after it. */
const BESIDE = 1_000;
const LAG = 150;

/** Watches one move. */
async function watched(story: Partial<Story>) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, story);
  await nova.start(SERVER, "node-31", { kind: "validated", microversion: "2.90" });
  const began = clock.now();
  const options = { serverId: SERVER, destination: "node-31", migrationId: null, newestBefore: null };
  const limits = { timeoutSeconds: 3600, stallSeconds: 300, onTimeout: "fail" as const };
  const interrupted = new AbortController().signal;
  const { end, requests } = await new Watch(nova, clock, { ...options, ...limits, interrupted }, () => undefined).run();
  expect(end).toMatchObject({ state: "ended", status: "completed" });
  const ended = Date.parse(nova.records[0]?.updatedAt ?? "");
  return { requests, seconds: (clock.now() - began) / 1000, late: (clock.now() - ended) / 1000 };
}

/** Moves of about so many seconds from the request to the end of the record, which end at all phases of a pause. */
const moves = (seconds: number, story: Partial<Story> = {}) =>
  Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      watched({ runs: Math.max(10, seconds * 1000 - BESIDE - LAG) + i * 37, ...story }),
    ),
  );

const worst = (values: number[]) => Math.max(...values);
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;

describe.each([1, 2, 5, 10, 30, 60, 300, 1800])("watching moves of about %d s", (length) => {
  it.each([
    ["as libvirt counts, every 5 s", 5_000],
    ["with fresh counters", 1],
  ])("%s: two requests a second at most", async (_, countersEvery) => {
    for (const { requests, seconds } of await moves(length, { countersEvery })) {
      // Two more where the server's own look, every 5 s, is the one that sees it idle.
      expect(requests).toBeLessThanOrEqual(Math.max(2 * seconds + (countersEvery > 1 ? 2 : 0), 3));
    }
  });

  it("sees the end within 0.3 s where counters foretell it", async () => {
    // Below 2 s nothing can be foretold from two readings; above, libvirt's own two take 10 s.
    const fresh = (await moves(length)).map(({ late }) => late);
    expect(worst(fresh)).toBeLessThanOrEqual(length > 2 ? 0.3 : 0.5);
    const libvirt = (await moves(length, { countersEvery: 5_000 })).map(({ late }) => late);
    expect(worst(libvirt)).toBeLessThanOrEqual(length > 10 ? 0.3 : 0.5);
    expect(median(libvirt)).toBeLessThanOrEqual(0.3);
  });
});

it("asks rarely while Nova has it queued", async () => {
  for (const { requests } of await moves(5, { queued: 300_000 })) expect(requests).toBeLessThan(300 * 0.8);
});

describe("pollInterval", () => {
  const state: PollState = { phase: "running", elapsed: 10_000, remaining: null, sent: 18, idleFor: null };

  it.each<[string, Partial<PollState>, number]>([
    ["looks twice a second where nothing is foretold", {}, 500],
    ["looks more often where requests were saved", { sent: 10 }, 250],
    ["looks rarely while Nova has it queued", { phase: "queued" }, 2_000],
    ["looks rarely before what counters foretell", { remaining: 60_000 }, 5_000],
    ["looks when it has nearly come", { remaining: 1_000 }, 800],
    ["looks often from then on", { remaining: 0 }, 250],
    ["looks no more often than two requests a second allow", { remaining: 0, sent: 19 }, 500],
    ["looks closely at a server that has just become idle", { idleFor: 300 }, 250],
    ["looks rarely at an idle server whose record stays as it is", { idleFor: 1_000 }, 1_000],
  ])("%s", (_, over, expected) => {
    expect(pollInterval({ ...state, ...over })).toBe(expected);
  });
});
