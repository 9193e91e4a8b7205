import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const COMPONENTS = join(import.meta.dirname, "../../../components");
const FILES = [
  "availability-zone-args.ts",
  "host-maintenance-args.ts",
  "live-migration-args.ts",
  "volume-backed-server-args.ts",
  "volumes/volume-args.ts",
];

/** `Interface.argument: what is missing` of each public argument. */
function gaps(file: string): { seen: string[]; missing: string[] } {
  const source = ts.createSourceFile(file, readFileSync(join(COMPONENTS, file), "utf8"), ts.ScriptTarget.Latest, true);
  const seen: string[] = [];
  const missing: string[] = [];
  for (const declared of source.statements.filter(ts.isInterfaceDeclaration)) {
    for (const member of declared.members.filter(ts.isPropertySignature)) {
      const name = `${declared.name.text}.${member.name.getText()}`;
      seen.push(name);
      const docs = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
      const tags = ts.getJSDocTags(member).map(({ tagName }) => tagName.text);
      if (!docs.some(({ comment }) => comment !== undefined)) missing.push(`${name}: a description`);
      if (member.questionToken !== undefined && !tags.includes("default")) missing.push(`${name}: @default`);
      if (!tags.includes("example")) missing.push(`${name}: @example`);
    }
  }
  return { seen, missing };
}

it.each(FILES)("describes each argument in %s, with its default and an example", (file) => {
  const { seen, missing } = gaps(file);
  expect(seen.length).toBeGreaterThan(3);
  expect(missing).toEqual([]);
});
