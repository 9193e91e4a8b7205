import { describe, expect, it } from "vitest";
import { pollInterval, type PollState } from "../../../migration/polling.ts";
import { Watch } from "../../../migration/watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NovaModel } from "../../support/nova-model.ts";
import type { Story } from "../../support/nova-story.ts";
import { SERVER } from "../../support/samples.ts";

/** Nova's part beside the copy of memory: choosing and preparing before it, and the record's lag after it. */
const BESIDE = 1_000;
const LAG = 150;

/** Watches one move. */
async function watched(story: Partial<Story>, usualSeconds: number | null = null) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, story);
  await nova.start(SERVER, "node-31", { kind: "validated", microversion: "2.90" });
  const began = clock.now();
  const requestId = "req-1";
  const options = {
    ...{ serverId: SERVER, destination: "node-31", migrationId: null, requestId, newestBefore: null, usualSeconds },
  };
  const limits = { timeoutSeconds: 3600, stallSeconds: 300, onTimeout: "fail" as const };
  const interrupted = new AbortController().signal;
  const { end, requests } = await new Watch(nova, clock, { ...options, ...limits, interrupted }, () => undefined).run();
  expect(end).toMatchObject({ state: "ended", status: "completed" });
  const ended = Date.parse(nova.records[0]?.updatedAt ?? "");
  return { requests, seconds: (clock.now() - began) / 1000, late: (clock.now() - ended) / 1000 };
}

/** Moves of about so many seconds from the request to the end of the record, which end at all phases of a pause. */
const moves = (seconds: number, story: Partial<Story> = {}, usual: number | null = null) =>
  Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      watched({ runs: Math.max(10, seconds * 1000 - BESIDE - LAG) + i * 37, ...story }, usual),
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

describe.each([3, 5, 8, 15])("watching moves of about %d s, of a server whose moves have taken as long", (length) => {
  // From 0.7 s less to 0.8 s more: as whole seconds tell it.
  const usual = (countersEvery: number) => moves(length, { countersEvery }, Math.round(length + 0.7));

  it.each([1, 5_000])("asks twice a second at most, with counters every %d ms", async (countersEvery) => {
    for (const { requests, seconds } of await usual(countersEvery)) {
      expect(requests).toBeLessThanOrEqual(2 * seconds + (countersEvery > 1 ? 2 : 0));
    }
  });

  it.each([1, 5_000])("sees the end at once, as a rule, with counters every %d ms", async (countersEvery) => {
    const late = (await usual(countersEvery)).map((one) => one.late);
    expect(median(late)).toBeLessThanOrEqual(0.15);
    expect(worst(late)).toBeLessThanOrEqual(0.45);
  });

  it.each([60, 250])("sees it soon where each answer takes %d ms", async (answers) => {
    const slow = await moves(length, { answers }, Math.round(length + 0.7));
    for (const { requests, seconds } of slow) expect(requests).toBeLessThanOrEqual(2 * seconds + 1);
    expect(median(slow.map(({ late }) => late))).toBeLessThanOrEqual(0.2 + (1.5 * answers) / 1000);
    expect(worst(slow.map(({ late }) => late))).toBeLessThanOrEqual(0.5 + (2 * answers) / 1000);
  });

  it("sees it soon where Nova does not tell of its last step", async () => {
    const untold = await moves(length, { tellsSteps: false }, Math.round(length + 0.7));
    for (const { requests, seconds } of untold) expect(requests).toBeLessThanOrEqual(2 * seconds + 1);
    expect(median(untold.map(({ late }) => late))).toBeLessThanOrEqual(0.2);
    expect(worst(untold.map(({ late }) => late))).toBeLessThanOrEqual(0.5);
  });
});

describe.each([3, 4, 5, 8])(
  "watching moves of about %d s, of a server whose moves take a second more, as a rule",
  (length) => {
    it.each([1, 5_000])("sees the end soon, with counters every %d ms", async (countersEvery) => {
      const late = (await moves(length, { countersEvery }, length + 2)).map((one) => one.late);
      expect(worst(late)).toBeLessThanOrEqual(1);
    });
  },
);

describe("watching a move that ends long before its server's earlier ones", () => {
  it("sees its end no later than a look before it is due", async () => {
    const late = (await moves(4, { countersEvery: 60_000 }, 30)).map((one) => one.late);
    expect(worst(late)).toBeLessThanOrEqual(1.5);
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
    expect(worst((await moves(15, { queued: queued * 1000 })).map(({ late }) => late))).toBeLessThanOrEqual(0.5);
    expect(worst((await moves(1, { queued: queued * 1000 })).map(({ late }) => late))).toBeLessThanOrEqual(
      Math.max(2, Math.min(10, queued * 0.1)),
    );
  });
});

describe("pollInterval", () => {
  const state: PollState = {
    phase: "running",
    elapsed: 10_000,
    remaining: null,
    usual: null,
    sent: 18,
    dearIn: 0,
    idleFor: null,
    queuedFor: 0,
    lastStepAhead: false,
    lastStepFor: null,
  };

  it.each<[string, Partial<PollState>, number]>([
    ["looks twice a second where nothing is foretold", {}, 500],
    ["looks more often where requests were saved", { sent: 10 }, 250],
    ["looks rarely until its earlier moves would have ended", { usual: 20_000 }, 1_500],
    ["looks when they nearly would have", { usual: 2_000 }, 700],
    ["looks often while they would end", { usual: 0, sent: 10, dearIn: 5_000 }, 100],
    ["looks less often where less was saved for that", { usual: 0, sent: 17, dearIn: 5_000 }, (1_200 / 4.4) * 0.5],
    ["no more often than allowed at the very last", { usual: -1_000, elapsed: 7_000, sent: 13, dearIn: 5_000 }, 500],
    ["or where the end is less likely", { usual: 600, elapsed: 9_400, sent: 16, dearIn: 5_000 }, (1_800 / 5.4) * 1.1],
    ["looks evenly for the last step's beginning", { usual: 0, sent: 10, dearIn: 5_000, lastStepAhead: true }, 420],
    ["waits until the last step can have ended", { usual: 0, sent: 10, dearIn: 5_000, lastStepFor: 100 }, 330],
    ["looks often while it ends", { usual: 0, sent: 18, dearIn: 5_000, lastStepFor: 450 }, 125],
    ["but no more often than is of use", { usual: 0, sent: 2, dearIn: 5_000, lastStepFor: 900 }, 90],
    ["and no more often than allowed", { usual: 0, sent: 20, dearIn: 5_000, lastStepFor: 500 }, 500],
    ["goes on as without it where it takes long", { usual: -3_000, lastStepFor: 2_000 }, 500],
    ["or where earlier moves foretell so", { usual: 1_100, sent: 17, dearIn: 5_000, lastStepFor: 300 }, 500],
    ["forgets them when they would have ended long ago", { usual: -3_000 }, 500],
    ["does not let counters carry it past the time of its earlier moves", { usual: 3_000, remaining: 9_000 }, 1_650],
    [
      "looks every five seconds at least, whatever counters and earlier moves say",
      { usual: 60_000, remaining: 60_000 },
      5_000,
    ],
    ["keeps requests for the end of what follows the copy", { usual: 2_000, remaining: 0, sent: 10 }, 500],
    ["looks rarely while Nova has it queued", { phase: "queued", queuedFor: 5_000 }, 2_000],
    ["looks the more rarely the longer it is queued", { phase: "queued", queuedFor: 60_000 }, 6_000],
    ["looks at what is queued every ten seconds at least", { phase: "queued", queuedFor: 600_000 }, 10_000],
    ["looks rarely before what counters foretell", { remaining: 60_000 }, 5_000],
    ["looks when it has nearly come", { remaining: 1_000 }, 800],
    ["looks often from then on", { remaining: 0, dearIn: 5_000, sent: 15 }, 250],
    ["looks no more often than two requests a second allow", { remaining: 0, sent: 19 }, 500],
    ["looks closely at a server that has just become idle", { idleFor: 300 }, 250],
    ["looks rarely at an idle server whose record stays as it is", { idleFor: 1_000 }, 1_000],
  ])("%s", (_, over, expected) => {
    expect(pollInterval({ ...state, ...over })).toBe(expected);
  });
});
