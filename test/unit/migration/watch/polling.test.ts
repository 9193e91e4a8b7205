import { describe, expect, it } from "vitest";
import { pollInterval, type PollState } from "../../../../migration/watch/polling.ts";
import { Watch } from "../../../../migration/watch/watch.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../../support/engine/migration-script.ts";
import { SERVER } from "../../../support/engine/samples.ts";

/** Nova's part beside the copy of memory: choosing and preparing before it, and the record's lag after it. */
const BESIDE = 1_000;
const LAG = 150;

/** Watches one move. */
async function watched(script: Partial<MigrationScript>) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, script);
  await nova.start(SERVER, "node-31", { kind: "validated", microversion: "2.90" });
  const began = clock.now();
  const options = {
    ...{ serverId: SERVER, destination: "node-31", migrationId: null, newestBefore: null },
    ...{ timeoutSeconds: 3600, stallSeconds: 300, onTimeout: "fail" as const },
    interrupted: new AbortController().signal,
  };
  const { end, requests } = await new Watch(nova, clock, options, () => undefined).run();
  expect(end).toMatchObject({ state: "ended", status: "completed" });
  const ended = Date.parse(nova.records[0]?.updatedAt ?? "");
  return { requests, seconds: (clock.now() - began) / 1000, late: (clock.now() - ended) / 1000 };
}

/** Moves of about so many seconds from the request to the end of the record, which end at all phases of a pause. */
const moves = (seconds: number, script: Partial<MigrationScript> = {}) =>
  Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      watched({ runs: Math.max(10, seconds * 1000 - BESIDE - LAG) + i * 37, countersEvery: 5_000, ...script }),
    ),
  );

const worst = (values: number[]) => Math.max(...values);
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;

describe.each([3, 4, 5, 10, 30, 60, 300, 1800])("a move of about %d s", (length) => {
  it.each([0, 60, 250])("is watched with two requests a second at most, with answers after %d ms", async (answers) => {
    for (const { requests, seconds } of await moves(length, { answers })) {
      // The last look may come with the server's or the counters'.
      expect(requests).toBeLessThanOrEqual(2 * seconds + 2);
    }
  });

  it("is seen to end within half a second, or later by a part of its length, two seconds at most", async () => {
    const late = (await moves(length)).map((one) => one.late);
    expect(median(late)).toBeLessThanOrEqual(Math.min(1.2, Math.max(length < 5 ? 0.35 : 0.45, length * 0.035)));
    expect(worst(late)).toBeLessThanOrEqual(Math.min(2.1, Math.max(1, length * 0.06)));
  });
});

describe.each([20, 60, 300])("%d s in Nova's queue", (queued) => {
  it("cost few requests, the fewer the longer it lasts", async () => {
    const own = worst((await moves(15)).map(({ requests }) => requests));
    for (const { requests } of await moves(15, { queued: queued * 1000 })) {
      expect(requests - own).toBeLessThanOrEqual(Math.min(queued * 0.7, 35 + queued * 0.2));
    }
  });

  it("do not let the end of a move be seen late, unless that is short", async () => {
    expect(worst((await moves(15, { queued: queued * 1000 })).map(({ late }) => late))).toBeLessThanOrEqual(1);
    expect(worst((await moves(1, { queued: queued * 1000 })).map(({ late }) => late))).toBeLessThanOrEqual(
      Math.max(2, Math.min(10, queued * 0.1)),
    );
  });
});

describe("pollInterval", () => {
  const state: PollState = { phase: "running", elapsed: 4_000, sent: 7, queuedFor: 0 };

  it.each<[string, Partial<PollState>, number]>([
    ["looks soon again at first", {}, 300],
    ["looks no more often than two requests a second allow", { sent: 9 }, 1_000],
    ["looks less often as a move gets longer", { elapsed: 20_000, sent: 20 }, 1_000],
    ["looks every two seconds at least", { elapsed: 3_600_000, sent: 2_000 }, 2_000],
    ["looks rarely while Nova has it queued", { phase: "queued", queuedFor: 5_000 }, 2_000],
    ["looks the more rarely the longer it is queued", { phase: "queued", queuedFor: 60_000 }, 6_000],
    ["looks at what is queued every ten seconds at least", { phase: "queued", queuedFor: 600_000 }, 10_000],
  ])("%s", (_, over, expected) => {
    expect(pollInterval({ ...state, ...over })).toBe(expected);
  });
});
