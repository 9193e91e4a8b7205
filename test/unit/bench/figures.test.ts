import { expect, it } from "vitest";
import { figures, median, table, type Round } from "../../../bench/figures.ts";

const round = (over: Partial<Round> = {}): Round => ({
  ours: 2.5,
  nova: 2,
  openstackClient: 6,
  requests: 30,
  requestsWatching: 6,
  peakMemoryMiB: 80,
  ...over,
});

it.each([
  [[3], 3],
  [[9, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

it("takes no median of nothing", () => {
  expect(() => median([])).toThrow(RangeError);
});

it("keeps one slow round out of the figures, and in the list of rounds", () => {
  const all = figures([round(), round({ ours: 60 }), round({ ours: 2.4 })]);
  expect(all.singleMigration).toMatchObject({ oursSeconds: 2.5, novaSeconds: 2, openstackClientSeconds: 6 });
  expect(all.rounds).toHaveLength(3);
});

it("prints times, what is over Nova's, and ratios", () => {
  const [, , ours, theirs] = table(figures([round()]));
  expect(ours).toMatch(/live-migrate run, verified +2.50 s +0.50 s +1.25 ×/);
  expect(theirs).toMatch(/--wait +6.00 s +4.00 s +3.00 ×/);
});
