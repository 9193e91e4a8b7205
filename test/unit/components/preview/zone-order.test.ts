import { expect, test } from "vitest";
import { sorted, zoneOrder, zoneWarnings } from "../../../../components/preview/zone-order.ts";

test("nothing waits where no host changes its zone", () => {
  expect(zoneOrder({ a: ["h1"] }, { a: ["h1", "h3"], b: ["h2"] })).toEqual({
    after: {},
    moves: [],
    crossing: [],
    foreign: [],
  });
});

test("the zone that gains a host waits for the one that loses it, whatever their order", () => {
  const order = zoneOrder({ a: ["h1"], b: ["h2", "h3"] }, { a: ["h1", "h2", "h3"], b: [] });
  expect(order.after).toEqual({ a: ["b"] });
  expect(sorted(["a", "b"], order.after)).toEqual(["b", "a"]);
});

test("a chain of moves is ordered as a whole", () => {
  const order = zoneOrder({ a: ["h1"], b: ["h2"], c: [] }, { c: ["h2"], b: ["h1"], a: [] });
  expect(order.after).toEqual({ c: ["b"], b: ["a"] });
  expect(sorted(["c", "b", "a"], order.after)).toEqual(["a", "b", "c"]);
});

test("hosts that cross are reported, and leave no cycle", () => {
  const order = zoneOrder({ a: ["h1"], b: ["h2"] }, { a: ["h2"], b: ["h1"] });
  expect(order.crossing).toEqual([{ host: "h1", from: "a", to: "b" }]);
  expect(sorted(["a", "b"], order.after)).toEqual(["b", "a"]);
  expect(zoneWarnings(order, {})[0]).toMatch(/hosts cross.*in one update, and add them in the next/);
});

test("a zone of someone else's has to let go first", () => {
  const order = zoneOrder({ other: ["h1"] }, { a: ["h1"] });
  expect(order).toMatchObject({ after: {}, foreign: [{ host: "h1", from: "other", to: "a" }] });
  expect(zoneWarnings(order, {})[0]).toMatch(/remove it there before it can join a/);
});

test("a host with servers is named with them", () => {
  const order = zoneOrder({ a: ["h1"], b: [] }, { a: [], b: ["h1"] });
  expect(zoneWarnings(order, { h1: ["vm1", "vm2"] })).toEqual([
    "h1 cannot go from zone a to b while it has servers (Nova refuses): move vm1, vm2 to other hosts first, in a separate update",
  ]);
  expect(zoneWarnings(order, { h1: [] })).toEqual([]);
});
