import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atLeast, compareMicroversions, parseMicroversion, pick } from "../../../../openstack/http/microversion.ts";
import type { Microversion } from "../../../../openstack/http/microversion.ts";

const versions = fc.nat(200).map((minor) => `2.${minor}` as Microversion);

describe("microversions", () => {
  it("compares by number, not by text", () => {
    expect(compareMicroversions("2.100", "2.99")).toBeGreaterThan(0);
    expect(compareMicroversions("2.9", "2.10")).toBeLessThan(0);
    expect(compareMicroversions("3.0", "2.104")).toBeGreaterThan(0);
    expect(atLeast("2.93", "2.93")).toBe(true);
  });

  it.each(["2", "2.", "2.x", "latest", "", "2.93 "])("does not read %j", (text) => {
    expect(parseMicroversion(text)).toBeUndefined();
  });

  it.each<[Microversion, Microversion | undefined]>([
    ["2.104", "2.93"],
    ["2.87", "2.87"],
    ["2.1", "2.1"],
    ["2.0", undefined],
  ])("of 2.1 to 2.93, up to %s, picks %s", (wanted, picked) => {
    expect(pick({ min: "2.1", max: "2.93" }, wanted)).toBe(picked);
  });

  it("never picks a version that the cloud has not, or a newer one than wanted", () => {
    fc.assert(
      fc.property(versions, versions, versions, (a, b, wanted) => {
        const range = atLeast(a, b) ? { min: b, max: a } : { min: a, max: b };
        const picked = pick(range, wanted);
        if (picked === undefined) return !atLeast(wanted, range.min);
        return atLeast(picked, range.min) && atLeast(range.max, picked) && atLeast(wanted, picked);
      }),
    );
  });
});
