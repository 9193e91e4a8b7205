import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "../../../../migration/clock.ts";
import { Pace } from "../../../../migration/hosts/pace.ts";
import { PacedCloud } from "../../../../migration/hosts/paced-cloud.ts";
import { pollInterval } from "../../../../migration/watch/polling.ts";
import { mockHosts } from "../../../support/hosts/mock-hosts.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** When polls are sent while so many moves are watched side by side for a minute, each as a run polls. */
async function polls(moves: number, pace: Pick<Pace, "turn">): Promise<number[]> {
  const began = clock.now();
  const sent: number[] = [];
  const watch = async () => {
    for (let own = 1; clock.now() - began < 60_000; own += 1) {
      await pace.turn();
      sent.push(clock.now() - began);
      const elapsed = clock.now() - began;
      await clock.sleep(pollInterval({ phase: "running", elapsed, sent: own, queuedFor: 0 }));
    }
  };
  const all = Promise.all(Array.from({ length: moves }, watch));
  await vi.advanceTimersByTimeAsync(120_000);
  await all;
  return sent.filter((at) => at <= 60_000);
}
const unpaced = { turn: () => Promise.resolve() };

describe("the polls of all moves of a drain together", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([1, 2, 4, 20])("are at most two a second with %i moves side by side", async (moves) => {
    const sent = await polls(moves, new Pace(clock));
    expect(sent.length).toBeLessThanOrEqual(124);
    for (const from of sent) {
      expect(sent.filter((at) => at >= from && at < from + 10_000).length).toBeLessThanOrEqual(24);
    }
  });

  it("would be many more if each move had a pace of its own", async () => {
    expect((await polls(4, unpaced)).length).toBeGreaterThan(130);
  });

  it("of a single move are not held up", async () => {
    const paced = await polls(1, new Pace(clock));
    expect(paced.length).toBeGreaterThanOrEqual((await polls(1, unpaced)).length - 2);
  });
});

describe("the cloud of one move of a drain", () => {
  it("waits for its turn before it polls, and only then", async () => {
    let turns = 0;
    const turn = () => Promise.resolve(void (turns += 1));
    const cloud = new PacedCloud(mockHosts(1).cloud, { turn });
    await cloud.migrations(uuid(1));
    await cloud.moves(uuid(1));
    expect(turns).toBe(2);
    await cloud.hosts();
    expect(turns).toBe(2);
  });
});
