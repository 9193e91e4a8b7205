import { describe, expect, it } from "vitest";
import { roundOf, type Round } from "../../chaos/schedule.ts";

const FLEET = { hosts: ["node-01", "node-02", "node-03"], zones: ["nova", "chaos"] };
const rounds = (seed: number, count: number, cloudFaults = true): Round[] =>
  Array.from({ length: count }, (_, i) => roundOf(seed, i + 1, FLEET, cloudFaults));

describe("the schedule", () => {
  it("is the same for the same seed, whichever rounds are asked for", () => {
    expect(rounds(7, 50)).toEqual(rounds(7, 50));
    expect(roundOf(7, 33, FLEET)).toEqual(rounds(7, 50)[32]);
  });

  it("is another for another seed, and for another round", () => {
    const texts = [...rounds(7, 50), ...rounds(8, 50)].map(({ moves }) => JSON.stringify(moves));
    expect(new Set(texts).size).toBe(100);
  });

  it("moves one to four different servers a round, to hosts and zones that there are", () => {
    for (const { moves } of rounds(1, 300)) {
      const servers = moves.map(({ server }) => server);
      expect(servers.length).toBeGreaterThan(0);
      expect(servers.length).toBeLessThanOrEqual(4);
      expect(new Set(servers).size).toBe(servers.length);
      for (const { target } of moves) {
        if ("host" in target) expect(FLEET.hosts).toContain(target.host);
        else expect(FLEET.zones).toContain(target.zone);
      }
    }
  });

  it("leaves the cloud's services alone if asked to, and changes nothing else", () => {
    const [all, without] = [rounds(3, 200), rounds(3, 200, false)];
    expect(all.some(({ cloudFault }) => cloudFault !== null)).toBe(true);
    expect(without).toEqual(all.map((round) => ({ ...round, cloudFault: null })));
  });

  it("has everything in 200 rounds that can go wrong", () => {
    const all = rounds(1, 200);
    const moves = all.flatMap((round) => round.moves);
    const attempts = moves.flatMap((move) => move.attempts);
    const kinds = (values: (string | undefined | null)[]) =>
      new Set(values.filter((value) => typeof value === "string"));
    expect(kinds(moves.flatMap(({ pace }) => Object.keys(pace)))).toEqual(
      new Set(["seconds", "stall_at", "fail_check", "fail_pre", "fail_at", "fail_post", "decision_seconds"]),
    );
    expect(kinds(moves.map(({ manner }) => manner))).toEqual(new Set(["live", "cold", "stopped-cold"]));
    expect(kinds(moves.map(({ obstacle }) => obstacle))).toEqual(new Set(["disabled", "full"]));
    expect(kinds(moves.map(({ interference }) => interference?.kind))).toEqual(
      new Set(["abort", "migrate", "disable", "confirm", "revert"]),
    );
    expect(kinds(moves.flatMap(({ faults }) => faults.map(({ action }) => action.kind)))).toEqual(
      new Set(["answer", "cut", "half", "garbage", "delay"]),
    );
    expect(kinds(attempts.map(({ kill }) => kill?.signal))).toEqual(new Set(["SIGINT", "SIGTERM", "SIGKILL"]));
    expect(kinds(all.map(({ cloudFault }) => cloudFault?.service))).toEqual(
      new Set(["nova-compute", "nova-conductor", "nova-api", "rabbitmq"]),
    );
  });
});
