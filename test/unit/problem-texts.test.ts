/**
 * What people read of wrong inputs, outside of the engine (whose texts test/unit/migration/messages.test.ts holds): each
 * concern has its texts in one place, with their fixes, and each is asserted on.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** By concern: the files that have its texts. */
const PLACES = {
  "a stack's file": ["config/parse.ts", "config/schema-problems.ts", "config/cross-checks.ts"],
  "arguments of components": ["components/live-migration.ts", "components/volume-sources.ts"],
  "a change that is refused": ["components/server-changes.ts", "components/server-guard.ts"],
  "a server to import": ["adopt/adoption.ts"],
  "a new stack": ["scaffold/wish.ts", "scaffold/places.ts"],
  "clouds.yaml and OS_*": [
    ...["openstack/auth-settings.ts", "openstack/cloud-settings.ts", "openstack/cloud-sources.ts"],
    ...["openstack/clouds-config.ts", "openstack/tls-files.ts", "openstack/proxies.ts"],
    ...["openstack/setting-text.ts", "openstack/catalog.ts"],
  ],
};
const FOLDERS = ["adopt", "components", "config", "openstack", "scaffold"];

const filesOf = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file: `${folder}/${file}`, text: readFileSync(join(ROOT, folder, file), "utf8") }));

/** The parts of a text that are the same whatever fills it; of a choice, those of each branch. */
function fixedParts(node: ts.Expression): string[][] {
  if (ts.isStringLiteralLike(node)) return [[node.text]];
  if (ts.isTemplateExpression(node))
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]];
  if (ts.isConditionalExpression(node)) return [...fixedParts(node.whenTrue), ...fixedParts(node.whenFalse)];
  if (ts.isBinaryExpression(node)) return [[...fixedParts(node.left), ...fixedParts(node.right)].flat()];
  return ts.isParenthesizedExpression(node) ? fixedParts(node.expression) : [];
}

/** `problem: "…"` of an object, and the third of four arguments of what is called `add`. */
function problemTexts(file: string, source: string): string[] {
  const found: string[] = [];
  const take = (node: ts.Expression) => {
    for (const parts of fixedParts(node)) {
      const longest = parts.map((part) => part.trim()).sort((a, b) => b.length - a.length)[0];
      if (longest !== undefined && longest.length > 2) found.push(longest);
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === "problem") take(node.initializer);
    if (ts.isCallExpression(node) && /(^|\.)add$/.test(node.expression.getText())) {
      const [, , problem, fix] = node.arguments;
      if (problem !== undefined && fix !== undefined) take(problem);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return found;
}

const texts = FOLDERS.flatMap((folder) => filesOf(folder, ".ts")).flatMap(({ file, text }) =>
  problemTexts(file, text).map((problem) => ({ file, problem })),
);

it("are made in the places of their concerns alone", () => {
  expect(
    [...new Set(texts.map(({ file }) => file))].filter((file) => !Object.values(PLACES).flat().includes(file)),
  ).toEqual([]);
  expect(texts.length).toBeGreaterThan(40);
});

it("are each asserted on", () => {
  const tests = filesOf("test", ".test.ts")
    .filter(({ file }) => file !== "test/unit/problem-texts.test.ts")
    .map(({ text }) => text.replaceAll("\\", ""))
    .join("\n");
  expect(texts.filter(({ problem }) => !tests.includes(problem))).toEqual([]);
});
