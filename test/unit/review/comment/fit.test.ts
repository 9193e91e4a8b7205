import fc from "fast-check";
import { expect, test } from "vitest";
import { COMMENT_LIMIT, fit, type Block } from "../../../../review/comment/fit.ts";

const rows = (count: number, width = 100) => Array.from({ length: count }, (_, i) => `| ${String(i).padEnd(width)} |`);

test("joins blocks with empty lines, without those that are empty", () => {
  expect(fit([{ lines: ["a"] }, { lines: [] }, { lines: ["b", "c"] }])).toBe("a\n\nb\nc\n");
});

test("cuts long tables at a line, keeps what comes first, and links to the rest", () => {
  const blocks: Block[] = [
    { lines: ["verdict"] },
    { lines: ["| head |", "| --- |", ...rows(2000)], head: 2 },
    { lines: ["```mermaid", ...rows(500), "```"], whole: true },
  ];
  const text = fit(blocks, COMMENT_LIMIT, "https://ci.test/runs/1");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(COMMENT_LIMIT);
  expect(Buffer.byteLength(text)).toBeGreaterThan(COMMENT_LIMIT - 1000);
  expect(text).toMatch(/^verdict\n\n\| head \|\n/);
  expect(text).not.toContain("mermaid");
  expect(text).toContain("[all of it](https://ci.test/runs/1)");
  const missing = Number(/(\d+) lines are missing/.exec(text)?.[1]);
  const shown = text.split("\n").filter((line) => line.startsWith("| ")).length;
  expect(missing + shown).toBe(2002 + 502);
});

test("leaves out a table of which only the head would fit", () => {
  const text = fit([{ lines: ["verdict"] }, { lines: ["| head |", "| --- |", "x".repeat(500)], head: 2 }], 300);
  expect(text).toBe("verdict\n\n_Cut to the size of a comment, 3 lines are missing: the log has all of it._\n");
});

test("is never longer than the limit, in bytes", () => {
  const block = fc.record({
    lines: fc.array(fc.string({ unit: "grapheme", maxLength: 60 }).map((line) => line.replaceAll("\n", ""))),
    head: fc.nat(3),
    whole: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(block), fc.integer({ min: 200, max: 2000 }), (blocks, limit) => {
      expect(Buffer.byteLength(fit(blocks, limit))).toBeLessThanOrEqual(limit);
    }),
  );
});
