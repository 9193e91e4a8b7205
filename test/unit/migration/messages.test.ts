import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { finding, FINDING_CODES } from "../../../migration/finding.ts";
import { MESSAGE_CODES, problemAndFix } from "../../../migration/messages.ts";
import { ANYTHING } from "../../support/catalogue.ts";

const ROOT = join(import.meta.dirname, "../../..");
const read = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ file: join(folder, file), text: readFileSync(join(ROOT, folder, file), "utf8") }));

/** A table of all texts holds their words; that one is met by a user is asserted on elsewhere. */
const TABLES = ["messages.test.ts", "every-finding.test.ts", "every-message.test.ts", "state-texts.test.ts"];
const tests = read("test", ".test.ts").filter(({ file }) => !TABLES.some((name) => file.endsWith(`/${name}`)));
const engine = read("migration", ".ts");

it.each(FINDING_CODES)("%s names place and value, says the problem and the fix, and is asserted on", (code) => {
  const { path, value, problem, fix } = finding(code, ANYTHING);
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

/** The longest part of a text that is the same whatever fills it. */
const fixedPart = (text: string) => text.split(/<\w+>/).sort((a, b) => b.length - a.length)[0] ?? "";

it.each(MESSAGE_CODES)("%s, which ends a command without a record, has its fix and is asserted on", (code) => {
  const { problem, fix } = problemAndFix(code, ANYTHING);
  expect(fix).toMatch(/\w{3,} .*\w{2}/);
  for (const text of [problem, fix]) expect(text).not.toContain("undefined");
  // What is but the cloud's own answer is known by its fix.
  const part = fixedPart(problem).length > 3 ? fixedPart(problem) : fixedPart(fix);
  expect(part.length).toBeGreaterThan(3);
  expect(tests.filter(({ text }) => text.includes(part.trim())).map(({ file }) => file)).not.toEqual([]);
});

it("errors that end a command have their texts from there alone, and each is used", () => {
  const ends = /new (NotFound|CloudLost|ServerGone|OutcomeUnknown|InvalidArgumentError)\((?!\s*(told|asText)\()/;
  expect(engine.filter(({ text }) => ends.test(text)).map(({ file }) => file)).toEqual([]);
  // A problem of the input has its text from the request's schema, and its fix from the table beside it; what can be wrong about
  // several servers alone stands with them.
  const inputs = engine.filter(({ text }) => /new BadInput\(/.test(text) && /problem: ["`]/.test(text));
  expect(inputs.map(({ file }) => file)).toEqual(["migration/request-input.ts", "migration/several/input.ts"]);
  const others = engine.filter(({ file }) => file !== "migration/messages.ts");
  expect(MESSAGE_CODES.filter((code) => !others.some(({ text }) => text.includes(`"${code}"`)))).toEqual([]);
});
