/**
 * What people read is made in catalogues alone: a sentence anywhere else in the engine, its client of the cloud, or the
 * components is found here. (Wrong inputs and refused changes: test/unit/problem-texts.test.ts.)
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** By area: the files that hold its texts. */
const CATALOGUES = {
  migration: [
    ...[
      "finding.ts",
      "nova-rule-texts.ts",
      "messages.ts",
      "check-texts.ts",
      "fact-texts.ts",
      "state-texts.ts",
      "words.ts",
    ],
    ...["request.ts", "request-input.ts", "several/input.ts"],
    ...["summary.ts", "plan-document.ts", "several/document.ts", "status.ts"],
    // Its help, its bars, and its page.
    ...["cli.ts", "terminal.ts", "several/shown.ts"],
    ...["report/page.ts", "report/draw.ts", "report/topology.ts", "report/style.ts"],
    // What is run in the guest is not for people.
    "guest/disk-use.ts",
  ],
  openstack: [
    ...["texts.ts", "network-failure.ts", "errors.ts"],
    // Of clouds.yaml, OS_* and the files that they name.
    ...[
      "auth-settings.ts",
      "cloud-settings.ts",
      "cloud-sources.ts",
      "clouds-config.ts",
      "setting-text.ts",
      "catalog.ts",
      "tls-files.ts",
      "proxies.ts",
    ],
  ],
  components: ["texts.ts", "volume-sources.ts", "live-migration.ts", "server-changes.ts", "server-guard.ts"],
};
/** Lines of values, which no reason or fix is among: the type `Why` lets none in that is not from the catalogue. */
const VALUES = ["migration/verify.ts", "migration/guest/checks.ts", "migration/method.ts"];

/** So many words in a row are a sentence. */
const SENTENCE = 5;
/** What is told to developers only: a call that the program should not have made. */
const MISUSE = /^new RangeError\(|^this\.#client\.need\(/;
/** What holds a text for people, whatever its length. */
const NAMES = new Set(["reason", "fix", "problem", "text", "why"]);

/** The fixed words of a literal, a value counting for none. */
function wordsOf(node: ts.Node): string[] {
  const parts = ts.isStringLiteralLike(node)
    ? [node.text]
    : ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
      : [];
  return parts.join(" ").match(/(?<![\w./-])[A-Za-z][a-z']*(?![\w/-])/g) ?? [];
}

/** Literals that are sentences, or stand where a text belongs. */
function textsIn(file: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || MISUSE.test(node.getText())) return;
    const words = wordsOf(node);
    const { parent } = node;
    const named = (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent)) && NAMES.has(nameOf(parent));
    if (words.length >= (named ? 2 : VALUES.includes(file) ? Infinity : SENTENCE)) {
      found.push(`${file}: ${words.join(" ")}`);
      return;
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true), visit);
  return found;
}

const nameOf = ({ name }: ts.PropertyAssignment | ts.VariableDeclaration) => name.getText();

const filesOf = (area: string) =>
  readdirSync(join(ROOT, area), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

it.each(Object.entries(CATALOGUES))("%s says nothing that is not in a catalogue of its own", (area, catalogues) => {
  const files = filesOf(area);
  // A file that is gone or renamed would let nothing through, and be forgotten here.
  expect(catalogues.filter((file) => !files.includes(file))).toEqual([]);
  const others = files.filter((file) => !catalogues.includes(file));
  const texts = others.flatMap((file) => textsIn(`${area}/${file}`, readFileSync(join(ROOT, area, file), "utf8")));
  expect(texts).toEqual([]);
});

it.each([
  ["const said = `the host ${host} does not answer now`;", 1],
  ['throw new Error("this is not as it should be");', 1],
  ['return { reason: "not visible" };', 1],
  ['const why = "not visible";', 1],
  ['return { reason, host: "not visible" };', 0],
  ['throw new RangeError("this is not as it should be");', 0],
  ['import x from "one two three four five six";', 0],
])("%s: %i", (source, count) => {
  expect(textsIn("migration/x.ts", source)).toHaveLength(count);
});
