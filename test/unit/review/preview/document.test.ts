import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPreview } from "../../../../review/preview/document.ts";
import { comment, moves, planFile } from "../../../support/review/preview.ts";

/** Documents that `pulumi preview --json` printed, without what no review reads. */
const fixtures = ["preview-move", "preview-blocked", "preview-delete", "preview-throws"].map((name) =>
  readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8"),
);
const { text: good, plans } = moves([planFile("a"), planFile("{b}")]);
const documents = [...fixtures, good, JSON.stringify(JSON.parse(good), undefined, 2)];

const UNREADABLE = /^### ⚠️ `prod`: the preview's output could not be read, nothing is known about its changes$/m;
const exitCode = fc.constantFrom(undefined, 0, 1, 255);

/** What tools print around a document: lines, braces of shells and templates, and objects that are no preview. */
const noise = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("Installing policy pack acme 0.0.7...\n", "${HOME} {", "}\n", "{ }", '"', "'{'", "\\"),
      fc.dictionary(fc.string(), fc.jsonValue()).map((value) => `${JSON.stringify({ level: "info", ...value })}\n`),
    ),
  )
  .map((parts) => parts.join(""))
  .filter((text) => !/\{\s*"/.test(text.replaceAll(/^\{"level".*$/gm, "")) && !/"(steps|diagnostics)"/.test(text));

describe("a preview's document", () => {
  it("is found in whatever text is around it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents), noise, noise, exitCode, (document, before, after, code) => {
        // A brace that could be the document's own would make it another text.
        const text = `${before}\n${document}${after}`;
        expect(comment(text, { plans, exitCode: code })).toBe(comment(document, { plans, exitCode: code }));
      }),
    );
  });

  it.each(fixtures)("is unreadable if it lacks the steps of an operation that its summary counts (%#)", (fixture) => {
    const document = JSON.parse(fixture) as Record<string, unknown>;
    for (const operation of ["delete", "replace", "an-operation-of-tomorrow"]) {
      const text = JSON.stringify({ ...document, steps: null, changeSummary: { same: 4, [operation]: 1 } });
      expect(comment(text, { plans, exitCode: 0 })).toMatch(UNREADABLE);
    }
  });

  it("is unreadable wherever it is cut, with no verdict", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.nat(),
        fc.nat(),
        noise,
        exitCode,
        (document, at, to, after, code) => {
          const end = document.trimEnd().length;
          const length = at % end;
          // Cut at its end, or a hole in its middle.
          const rest = to % 2 === 0 ? after : document.slice(length + 1 + (to % (end - length)));
          const text = comment(document.slice(0, length) + rest, { plans, exitCode: code });
          if (rest !== after && !UNREADABLE.test(text)) return; // The hole took a whole part of it, and left a document.
          expect(text).toMatch(UNREADABLE);
          expect(text).not.toMatch(/✅|⛔|nothing changes/);
        },
      ),
    );
  });

  it("never has an all-clear with an exit code other than 0", () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.integer({ min: 1, max: 255 }), (document, code) => {
        expect(comment(document, { plans, exitCode: code })).not.toContain("✅");
      }),
    );
  });

  it.each([
    ["nothing at all", "", "it has no JSON document with steps or diagnostics"],
    ["no JSON", "error: no stack named prod", "it has no JSON document with steps or diagnostics"],
    ["another document", '{"hello":1}', "it has no JSON document with steps or diagnostics"],
    ["another document with one inside", `{"preview":${good}}`, "it has no JSON document with steps or diagnostics"],
    ["two documents", `${good}\n${good}`, "it has 2 JSON documents of previews"],
    ["a broken document with one inside", `{"steps": [${good}] oops }`, "its JSON document is cut off or broken"],
    [
      "a cut document with one inside",
      `{"steps": [{"op": "same", "x": ${good}}`,
      "its JSON document is cut off or broken",
    ],
    ["steps of another form", '{"steps":[{"op":1}]}', "its JSON document has an unknown form: ✖"],
    [
      "one that Pulumi calls corrupt",
      '{"steps":[],"maybeCorrupt":true}',
      "Pulumi marked its document as possibly corrupt",
    ],
  ])("is unreadable: %s", (_, text, reason) => {
    const read = readPreview(text, (one) => one);
    expect(read).toMatchObject({ readable: false, reason: expect.stringContaining(reason) as string });
    expect(comment(text)).toMatch(UNREADABLE);
  });

  it("of megabytes is read in linear time, whole or cut", { timeout: 60_000 }, () => {
    const steps = Array.from({ length: 20_000 }, (_, i) => ({ op: "same", urn: `urn:pulumi:prod::p::a:b:C::${i}` }));
    const text = JSON.stringify({ steps }, undefined, 2);
    const start = performance.now();
    expect(readPreview(text, (one) => one).readable).toBe(true);
    expect(readPreview(text.slice(0, -3), (one) => one).readable).toBe(false);
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});
