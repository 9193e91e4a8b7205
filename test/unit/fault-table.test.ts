import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const TEST = join(ROOT, "test");
const text = readFileSync(join(ROOT, "test/fault-table.md"), "utf8");

/** The rows of all tables of failures. */
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes(" › "))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  )
  .map(([what = "", outcome = "", exit = "", tests = "", ...more]) => ({ what, outcome, exit, tests, more }));

interface Named {
  /** Below test/, without its ending; empty: the cell is not of this form. */
  file: string;
  titles: string[];
}

/** @example named('`lab/1-story` › "does nothing", "moves them back"; `unit/x` › "y"') */
function named(cell: string): Named[] {
  return cell.split(/; (?=`)/).map((one) => {
    const [, file = "", titles = ""] = /^`([\w/-]+)` › (".+")$/.exec(one) ?? [];
    return { file, titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title) };
  });
}

/** What is said in a file of tests: titles, the rows of their tables, and the titles of tests in a shared file. */
function literals(path: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const from = (node.moduleSpecifier as ts.StringLiteral).text;
      if (from.endsWith("-tests.ts")) found.push(...literals(join(dirname(path), from)));
    } else if (ts.isStringLiteralLike(node)) found.push(node.text);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const all = rows.flatMap(({ tests }) => named(tests));
const files = [...new Set(all.map(({ file }) => file))];

describe("test/fault-table.md", () => {
  it("says in each row of a failure what comes of it, with which exit code, and by which tests it is known", () => {
    expect(rows.length).toBeGreaterThan(100);
    for (const { what, outcome, exit, tests, more } of rows) {
      for (const cell of [what, outcome]) expect(cell).not.toBe("");
      expect([what, exit]).toEqual([what, expect.stringMatching(/^((not 0|[0-7])(, (not 0|[0-7]))*)?$/)]);
      expect([what, more]).toEqual([what, []]);
      const bad = named(tests).filter(({ file, titles }) => file === "" || titles.length === 0);
      expect([what, bad]).toEqual([what, []]);
    }
  });

  it("names in every row of every table of failures a test", () => {
    const tables = text.slice(0, text.indexOf("## Chaos")).split("\n");
    const unnamed = tables.filter((line) => line.startsWith("| ") && !/^\| (What happens|---)/.test(line));
    expect(unnamed.filter((line) => !line.includes(" › "))).toEqual([]);
  });

  it.each(files)("names tests of %s that are there", (file) => {
    const path = join(TEST, `${file}.test.ts`);
    expect(existsSync(path)).toBe(true);
    const said = literals(path);
    const titles = all.filter((one) => one.file === file).flatMap((one) => one.titles);
    expect(titles.filter((title) => title.length < 8 || !said.some((one) => one.includes(title)))).toEqual([]);
  });

  it("has what each file of the labs' tests plays", () => {
    const played = globSync("{,nightly/}{faults,lab,stacks}/*.test.ts", { cwd: TEST }).map((file) =>
      file.replace(".test.ts", ""),
    );
    expect(played.length).toBeGreaterThan(25);
    expect(played.filter((file) => !files.includes(file))).toEqual([]);
  });
});
