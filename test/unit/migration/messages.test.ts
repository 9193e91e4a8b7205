import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { finding, FINDING_CODES } from "../../../migration/finding.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file: join(folder, file), text: readFileSync(join(ROOT, folder, file), "utf8") }));

const tests = read("test", ".test.ts").filter(({ file }) => !file.endsWith("messages.test.ts"));
const engine = read("migration", ".ts");

/** Whatever is asked of it, a word. */
const anything = new Proxy({}, { get: (_, name) => `<${String(name)}>` });

it.each(FINDING_CODES)("%s names place and value, says the problem and the fix, and is asserted on", (code) => {
  const { path, value, problem, fix } = finding(code, anything as never);
  for (const text of [path, value]) expect(text).toMatch(/\w{3}/);
  for (const text of [problem, fix]) expect(text).toMatch(/\w{3,} .*\w{3}|</);
  for (const text of [path, value, problem, fix]) expect(text).not.toContain("undefined");
  expect(tests.filter(({ text }) => text.includes(`"${code}"`)).map(({ file }) => file)).not.toEqual([]);
});

it("findings are made in the catalogue alone", () => {
  const makers = engine.filter(({ text }) => /severity: "|code: "/.test(text)).map(({ file }) => file);
  // The type of a finding; its texts are nowhere but in finding.ts.
  expect(makers).toEqual(["migration/record.ts"]);
});

it("each of the catalogue is used by the engine", () => {
  const others = engine.filter(({ file }) => file !== "migration/finding.ts");
  const unused = FINDING_CODES.filter((code) => !others.some(({ text }) => text.includes(`"${code}"`)));
  expect(unused).toEqual([]);
});
