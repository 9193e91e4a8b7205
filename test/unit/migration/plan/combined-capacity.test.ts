import { describe, expect, test } from "vitest";
import {
  describeCombined,
  sharedDestinations,
  combinedFindings,
  type PlannedMove,
} from "../../../../migration/plan/combined-capacity.ts";
import { known, unknown, type GroupFacts } from "../../../../migration/cloud/snapshot.ts";

const move = (name: string, over: Partial<PlannedMove> = {}): PlannedMove => ({
  server: { id: `id-${name}`, name },
  host: "node-31",
  provider: "provider-31",
  resources: known({ VCPU: 2, MEMORY_MB: 1024 }),
  groups: known([]),
  ...over,
});

const inventory = (total: number, allocationRatio = 1, reserved = 0) => ({
  total,
  reserved,
  allocationRatio,
  minUnit: 1,
  maxUnit: total,
  stepSize: 1,
});

const room = (vcpus: number, memory: number, usages = {}) =>
  known({ inventories: { VCPU: inventory(vcpus, 2), MEMORY_MB: inventory(memory, 1, 512) }, usages });

const apart = (policy = "anti-affinity"): GroupFacts => ({ id: "g", name: "apart", policy, members: [] });

describe("several moves to one host", () => {
  test("are those to a host that more than one goes to", () => {
    const shared = sharedDestinations([move("a"), move("b", { host: "node-27" }), move("c")]);
    expect(shared.map((moves) => moves.map(({ server }) => server.name))).toEqual([["a", "c"]]);
  });

  test("fit as long as their sum does, by allocation ratio, reserve and what is used", () => {
    const both = [move("a"), move("b")];
    expect(combinedFindings(both, room(2, 2560))).toEqual([]);
    expect(combinedFindings(both, room(4, 2560, { VCPU: 4, MEMORY_MB: 0 }))).toEqual([]);
    const [found] = combinedFindings(both, room(4, 2560, { VCPU: 5, MEMORY_MB: 1 }));
    expect(found).toMatchObject({ code: "full-together", severity: "warning", value: "node-31: a, b" });
    expect(found?.problem).toContain("VCPU 4 of 3 free, MEMORY_MB 2048 of 2047 free");
    expect(found && describeCombined(found)).toContain("choose another host for some of them");
  });

  test("need what the host does not have at all", () => {
    const moves = [move("a", { resources: known({ VGPU: 1 }) }), move("b")];
    expect(combinedFindings(moves, room(9, 9999))[0]?.problem).toContain("VGPU 1 of 0 free");
  });

  test("are not said to fit when that was not seen", () => {
    const unseen = combinedFindings([move("a", { resources: unknown("special flavor") }), move("b")], room(9, 9999));
    expect(unseen).toMatchObject([{ code: "room-together-not-checked" }]);
    expect(unseen[0]?.problem).toContain("special flavor");
    expect(combinedFindings([move("a"), move("b")], unknown("placement answers 403"))[0]?.problem).toContain("403");
  });

  test("may not be of one anti-affinity group; other policies leave them alone", () => {
    const of = (policy: string) =>
      combinedFindings(
        [move("a", { groups: known([apart(policy)]) }), move("b", { groups: known([apart(policy)]) }), move("c")],
        room(9, 9999),
      );
    expect(of("anti-affinity")).toMatchObject([{ code: "anti-affinity-together", value: "node-31: a, b" }]);
    expect(of("soft-anti-affinity")).toEqual([]);
    expect(of("affinity")).toEqual([]);
  });

  test("may be as many of an anti-affinity group as its rule allows, those on the host included", () => {
    const of = (most: number, there: string[]) => {
      const members = there.map((id) => ({ id, name: id, host: "node-31" }));
      const groups = known([{ ...apart(), maxServerPerHost: most, members }]);
      return combinedFindings([move("a", { groups }), move("b", { groups })], room(9, 9999));
    };
    expect(of(2, [])).toEqual([]);
    expect(of(3, ["c"])).toEqual([]);
    expect(of(2, ["c"])).toMatchObject([{ code: "anti-affinity-together" }]);
    // The other one of the two, were it there already, would not count twice.
    expect(of(2, ["id-b"])).toEqual([]);
  });
});
