import { expect, it } from "vitest";
import { singleMigration, table, type Round } from "../../../bench/figures.ts";
import { median } from "../../../bench/median.ts";

const round = (over: Partial<Round> = {}): Round => ({
  ours: 2.5,
  nova: 2,
  cloud: 2.1,
  novaRecord: 3,
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

it("keeps one slow round out of the figures", () => {
  const all = singleMigration([round(), round({ ours: 60 }), round({ ours: 2.4 })]);
  expect(all).toMatchObject({ oursSeconds: 2.5, novaSeconds: 2, novaRecordSeconds: 3, openstackClientSeconds: 6 });
});

it("tells what is its own from each round, whatever the cloud took in it", () => {
  const rounds = [round({ ours: 9, nova: 8.9, cloud: 8.9 }), round(), round({ ours: 3, nova: 2.2, cloud: 2.8 })];
  expect(singleMigration(rounds)).toMatchObject({ overNovaSeconds: 0.5, overCloudSeconds: 0.2 });
});

it("prints times, what is over Nova's, ratios and requests a second", () => {
  const [, , , cloud, ours, theirs, own, requests] = table(singleMigration([round()]), 1);
  expect(cloud).toMatch(/Nova and Neutron .* 2.10 s +0.10 s +1.05 ×/);
  expect(ours).toMatch(/live-migrate run, verified +2.50 s +0.50 s +1.25 ×/);
  expect(theirs).toMatch(/--wait +6.00 s +4.00 s +3.00 ×/);
  expect(own).toBe(
    "live-migrate's own, in the median round: 0.50 s over Nova's time, 0.40 s over Nova's and Neutron's",
  );
  expect(requests).toBe("live-migrate run: 24 requests and 6 watching (2.9 a second); at most 80 MiB");
});
