import { describe, expect, it } from "vitest";
import { inTurns, lastHosts, moveOrder } from "../../../../components/preview/move-order.ts";
import type { StateResource } from "../../../../components/state/stack-state.ts";

const MIGRATION = "urn:pulumi:dev::p::openstack-live-migration:index:LiveMigration";
const command = (name: string, host: string): [string, StateResource] => [
  `${MIGRATION}$command:local:Command::${name}`,
  { type: "command:local:Command", outputs: { environment: { LIVE_MIGRATE_HOST: host } } },
];

it.each([
  ["", ""],
  ["a1", "a1"],
  ["a1 a2 a3 b1 b2 c1", "a1 b1 c1 a2 b2 a3"],
  ["a1 b1 a2 b2", "a1 b1 a2 b2"],
])("of %j, one of each group in turn is %j", (all, expected) => {
  const names = all.split(" ").filter((name) => name !== "");
  expect(inTurns(names, ([group]) => group).join(" ")).toBe(expected);
});

describe("the order to declare servers in", () => {
  const last = lastHosts(
    Object.fromEntries([command("a1", "a"), command("a2", "a"), command("a3", "a"), command("b1", "b")]),
  );
  const order = (hosts: Record<string, string | undefined>, from = last) =>
    moveOrder(Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, { host }])), from);
  const names = (hosts: Record<string, string | undefined>, from = last) => {
    const { moving, staying } = order(hosts, from);
    return [moving, staying].map((servers) => servers.map(([name]) => name));
  };

  it("begins with those that move, the hosts that they leave in turn", () => {
    const hosts = { a1: "a", a2: "c", a3: "c", b1: "c", new: "c" };
    expect(names(hosts)).toEqual([
      ["a2", "b1", "a3"],
      ["a1", "new"],
    ]);
    expect(order(hosts).moving[0]).toEqual(["a2", { host: "c" }]);
  });

  it("is the given one where nothing moves, or nobody knows from where, or where to", () => {
    const stay = { a1: "a", a2: "a", a3: "a", b1: "b", new: "b" };
    expect(names(stay)).toEqual([[], Object.keys(stay)]);
    const move = { a1: "c", a2: "c", b1: "c" };
    expect(names(move, lastHosts({}))).toEqual([[], Object.keys(move)]);
    const toZones = { a1: undefined, a2: undefined, b1: undefined };
    expect(names(toZones)).toEqual([[], Object.keys(toZones)]);
  });
});

it("last hosts are those of commands alone", () => {
  const other: [string, StateResource] = ["urn:pulumi:dev::p::other::x", { type: "other", outputs: {} }];
  const last = lastHosts(Object.fromEntries([command("vm", "a"), other]));
  expect([last("vm"), last("x")]).toEqual(["a", undefined]);
});
