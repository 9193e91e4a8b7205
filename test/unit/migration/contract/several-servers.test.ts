import { describe, expect, it } from "vitest";
import {
  severalDocument,
  worstOf,
  type Result,
  type ServerResult,
} from "../../../../migration/contract/several-servers.ts";

const EXIT: Record<Result, number> = {
  migrated: 0,
  "already-there": 0,
  away: 0,
  "bad-input": 2,
  refused: 3,
  "not-begun": 3,
  failed: 4,
  "needs-attention": 5,
  "server-gone": 5,
  "still-running": 6,
  cloud: 7,
  "outcome-unknown": 7,
};
const resultOf = (result: Result, i = 0): ServerResult => ({
  asked: `vm${i}`,
  id: `id-${i}`,
  name: `vm${i}`,
  result,
  exitCode: EXIT[result],
});
const documentOf = (...results: Result[]) =>
  severalDocument(results.map(resultOf), { startedAt: 0, finishedAt: 2_500, requests: 77 });

describe("the exit code of several servers", () => {
  it.each([
    [[0, 0], 0],
    [[], 0],
    [[0, 2], 2],
    [[2, 3], 3],
    [[3, 6], 6],
    [[6, 4], 4],
    [[4, 7], 7],
    [[7, 5, 4, 6, 3, 2, 0], 5],
  ])("of the exit codes %j is %i", (codes, worst) => {
    expect(worstOf(codes)).toBe(worst);
    expect(worstOf(codes.toReversed())).toBe(worst);
  });
});

describe("the document about several servers", () => {
  it("holds the results, exit code, times and number of requests", () => {
    expect(documentOf("migrated", "failed")).toEqual({
      schemaVersion: 1,
      summary: "2 servers in 2.5 s: 1 moved; 0 on the target host already; 1 failed, intact on the source: vm1",
      exitCode: 4,
      servers: [
        { asked: "vm0", id: "id-0", name: "vm0", result: "migrated", exitCode: 0 },
        { asked: "vm1", id: "id-1", name: "vm1", result: "failed", exitCode: 4 },
      ],
      timings: {
        startedAt: "1970-01-01T00:00:00.000Z",
        finishedAt: "1970-01-01T00:00:02.500Z",
        totalSeconds: 2.5,
      },
      requests: { total: 77 },
    });
  });

  it("names each server that is not on its target, the worst first, and says how to continue", () => {
    const { summary } = documentOf(
      "not-begun",
      "refused",
      "still-running",
      "cloud",
      "needs-attention",
      "already-there",
    );
    expect(summary).toBe(
      "6 servers in 2.5 s: 0 moved; 1 on the target host already; 1 to be checked by A HUMAN: vm4; " +
        "1 with status unavailable: vm3; 1 still running, or not verified yet: vm2; 1 refused: vm1; 1 not started: vm0. " +
        "Run the same command again to continue with them",
    );
  });

  it("names at most ten servers for each result", () => {
    const { summary } = documentOf(...Array.from({ length: 12 }, () => "refused" as const));
    expect(summary).toMatch(/12 refused: vm0, vm1, .*vm9, and 2 more$/);
  });

  it.each(Object.keys(EXIT) as Result[])("counts a server that ended as %s once", (result) => {
    const { summary, exitCode } = documentOf(result);
    expect(exitCode).toBe(EXIT[result]);
    const counts = [
      ...summary
        .split(": ")
        .slice(1)
        .join(": ")
        .matchAll(/(?:^|; )(\d+) /g),
    ].map(([, n]) => Number(n));
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(1);
  });
});
