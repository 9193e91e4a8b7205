import { expect, test } from "vitest";
import { isNews, messages, parseRecord } from "../../../../components/state/migration-output.ts";
import { recordOf } from "../../../support/engine/record.ts";

test("a record is read back", () => {
  expect(parseRecord(JSON.stringify(recordOf()))).toEqual(recordOf());
});

test.each([
  ["no JSON", "Segmentation fault", /no record of this version \(it is not JSON.*"Segmentation fault"/],
  ["nothing", "", /printed no record/],
  [
    "a record of another version",
    '{"schemaVersion":2}',
    /schemaVersion is 2, not 1\).*Fix: install the matching version/,
  ],
  ["JSON that is no record", "null", /schemaVersion is null/],
])("%s is refused, with what to do", (_, stdout, message) => {
  expect(() => parseRecord(stdout)).toThrow(message);
});

test("a record is news if it was finished since the program started", () => {
  expect(isNews(recordOf(), new Date("2026-01-01T00:00:10.000Z"))).toBe(true);
  expect(isNews(recordOf(), new Date("2026-01-01T00:00:10.001Z"))).toBe(false);
});

test("messages: the summary, what was not checked and why, the warnings", () => {
  const record = recordOf({
    checks: [
      { check: "host", expected: "a", observed: "a", outcome: "passed" },
      { check: "df", subject: "/mnt", expected: "", observed: "", outcome: "not-checked", reason: "no guest given" },
      { check: "lsblk", expected: "", observed: "", outcome: "not-checked", reason: "no guest given" },
      { check: "ping", expected: "", observed: "", outcome: "not-checked", reason: "too short", fix: "wait" },
    ],
    findings: [
      { code: "x", severity: "warning", transient: false, path: "p", value: "v", problem: "config drive", fix: "…" },
      { code: "y", severity: "blocker", transient: false, path: "p", value: "v", problem: "blocked", fix: "…" },
    ],
  });
  expect(messages(record)).toEqual([
    { level: "info", text: record.summary },
    { level: "info", text: "not checked: df of /mnt, lsblk (no guest given)" },
    { level: "info", text: "not checked: ping (too short. Fix: wait)" },
    { level: "warn", text: "config drive: …" },
  ]);
});
