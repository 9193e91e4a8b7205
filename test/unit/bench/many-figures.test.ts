import { expect, it } from "vitest";
import { earlyOf, manyRun, manyTable, type Milestone } from "../../../bench/many-figures.ts";

const at = (servers: number, over: Partial<Milestone> = {}): Milestone => ({
  servers,
  seconds: servers,
  memoryMiB: 80,
  cpuSeconds: 0.3 + servers * 0.05,
  requests: servers * 30,
  ...over,
});
const WHOLE = { parallel: 1, seconds: 150, peakMemoryMiB: 90 };

it("the early figures are those of a fifth of the servers, of one at least", () => {
  expect([50, 12, 3].map(earlyOf)).toEqual([10, 2, 1]);
});

it("what a server costs leaves out the start, and is the same early and late where it is linear", () => {
  expect(manyRun([at(0), at(10), at(50)], WHOLE)).toEqual({
    ...WHOLE,
    memoryMiB: { early: 80, late: 80 },
    cpuSecondsPerServer: { early: 0.05, late: 0.05 },
    requestsPerServer: { early: 30, late: 30 },
  });
});

it("growth shows, and is not spread over the servers before it", () => {
  const grown = manyRun([at(0), at(10), at(50, { cpuSeconds: 8.8, memoryMiB: 160, requests: 4300 })], WHOLE);
  expect(grown.cpuSecondsPerServer).toEqual({ early: 0.05, late: 0.2 });
  expect(grown.requestsPerServer).toEqual({ early: 30, late: 100 });
  expect(grown.memoryMiB).toEqual({ early: 80, late: 160 });
});

it("prints both runs, with what each server takes", () => {
  const one = manyRun([at(0), at(10), at(50)], WHOLE);
  const lines = manyTable({ servers: 50, oneAfterAnother: one, parallel: { ...one, parallel: 3, seconds: 60 } });
  expect(lines[1]).toMatch(/^one after another +150\.0 s +3\.00 s +80\.0 → 80\.0 +0\.050 → 0\.050 +30\.0 → 30\.0$/);
  expect(lines[2]).toMatch(/^--parallel 3 +60\.0 s +1\.20 s /);
});
