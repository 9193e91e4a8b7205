import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const found = (pattern: string) => globSync(pattern, { cwd: ROOT });
const text = readFileSync(join(ROOT, "docs/failures.md"), "utf8");
const named = [...new Set([...text.matchAll(/`(test\/[^`]+\.test\.ts)`/g)].map(([, pattern = ""]) => pattern))];

/** Columns of a row; the first is what happens, the last the test. */
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("test/"))
  .map((line) => line.slice(1, -1).split("|"));

describe("docs/failures.md", () => {
  it.each(named)("names %s, which exists", (pattern) => {
    expect(found(pattern)).not.toEqual([]);
  });

  it.each(found("test/{faults,lab}/*.test.ts"))("has what %s plays", (file) => {
    expect(named.some((pattern) => found(pattern).includes(file))).toBe(true);
  });

  it("says in each row of a failure what comes of it, and with which exit code", () => {
    expect(rows.length).toBeGreaterThan(50);
    for (const [what = "", outcome = "", exit = "", test = ""] of rows) {
      expect(what.trim()).not.toBe("");
      expect(outcome.trim()).not.toBe("");
      expect(exit.trim()).toMatch(/^([0-7](, [0-7])*)?$/);
      expect(test.trim()).toMatch(/^`test\/\S+`$/);
    }
  });
});
