import { describe, expect, it } from "vitest";
import { idealSeconds, losses } from "../../../bench/scale-ideal.ts";
import { movers, scaleServers } from "../../../bench/scale-servers.ts";

/** A migration away from a host, by seconds. */
const left = (source: string, created: number, ended: number) => ({
  source,
  createdAt: created * 1000,
  endedAt: ended * 1000,
});

describe("the least that Nova needs", () => {
  it.each([
    ["of nothing is nothing", [], 0],
    ["is what one took", [left("a", 0, 11)], 11],
    ["has no time in it that was spent queued", [left("a", 0, 10), left("a", 0, 30), left("a", 5, 21)], 30],
    ["has no time in it in which a source had nothing to do", [left("a", 0, 10), left("a", 50, 61)], 21],
    ["is the busiest source's", [left("a", 0, 10), left("b", 0, 12), left("b", 3, 24)], 24],
  ])("%s", (_, migrations, expected) => {
    expect(idealSeconds(migrations, 1)).toBe(expected);
  });

  it("shares a source's work among as many as it does at once", () => {
    const four = [left("a", 0, 10), left("a", 0, 10), left("a", 0, 20), left("a", 0, 20)];
    expect(idealSeconds(four, 2)).toBe(20);
    expect(idealSeconds([left("a", 0, 30), left("a", 0, 2)], 2)).toBe(30);
  });
});

describe("what was lost", () => {
  it("reports the source that ended last", () => {
    const migrations = [left("a", 20, 40), left("a", 20, 60), left("a", 65, 85), left("b", 22, 50)];
    expect(losses(migrations, 1, { began: 0, ended: 90_000 })).toEqual({ beforeFirst: 20, between: 5, afterLast: 5 });
  });

  it("is not known of no moves", () => {
    expect(losses([], 1, { began: 0, ended: 1 })).toBeUndefined();
  });
});

describe("the servers", () => {
  const hosts = ["a", "b", "c"];

  it("are listed host by host, as evenly as goes, and each may move to the next host", () => {
    const servers = scaleServers(7, hosts);
    expect(servers.map(({ home }) => home).join("")).toBe("aaabbcc");
    expect(servers.map(({ away }) => away).join("")).toBe("bbbccaa");
    expect(new Set(servers.map(({ name }) => name)).size).toBe(7);
  });

  it("move from all hosts alike, in the order of the list", () => {
    const moving = movers(scaleServers(30, hosts), 8);
    expect(moving.map(({ home }) => home).join("")).toBe("aaabbbcc");
    expect(moving.map(({ name }) => name)).toEqual(moving.map(({ name }) => name).sort());
    expect(movers(scaleServers(3, hosts), 8)).toHaveLength(3);
  });
});
