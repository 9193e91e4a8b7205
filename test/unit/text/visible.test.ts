import fc from "fast-check";
import { expect, it } from "vitest";
import { oneLine, toJson } from "../../../text/visible.ts";
import { anyName, HOSTILE_NAMES } from "../../support/hostile-names.ts";

/** Everything that a terminal acts on or hides. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

it("makes one line without control characters of every name", () => {
  expect(HOSTILE_NAMES.map(oneLine).filter((line) => ACTS.test(line))).toEqual([]);
});

it.each([
  ["a\u001b[31mb", "a\\u001b[31mb"],
  ["a\u202eb", "a\\u202eb"],
  ["a\r\n\tb", "a b"],
  ["größe 🚀 名前 ⚠️", "größe 🚀 名前 ⚠️"],
])("%j is shown as %j", (text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

it("writes JSON without control characters, and with the same values", () => {
  fc.assert(
    fc.property(fc.dictionary(anyName, anyName), (value) => {
      expect(toJson(value)).not.toMatch(ACTS);
      expect(toJson(value, 2).replaceAll("\n", "")).not.toMatch(ACTS);
      expect(JSON.parse(toJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(JSON.parse(toJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 30 },
  );
  expect(JSON.parse(toJson(HOSTILE_NAMES))).toEqual(HOSTILE_NAMES);
});
