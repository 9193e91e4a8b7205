import { expect, it } from "vitest";
import type { Check } from "../../../../migration/contract/record.ts";
import {
  compare,
  describeChecks,
  describeReason,
  failed,
  notChecked,
  passed,
} from "../../../../migration/verify/check.ts";

const host = { check: "host", expected: "b" };
const why = { reason: "it is elsewhere", fix: "look there" };

it("passes what is as expected, and gives the reason of what is not", () => {
  expect(compare(host, "b", why)).toEqual({ ...host, observed: "b", outcome: "passed" });
  expect(compare(host, "c", why)).toEqual({ ...host, observed: "c", outcome: "failed", ...why });
});

it("keeps reasons in one line, and nothing else of an answer", () => {
  const answer = { ok: false, reason: "no\nanswer" } as const;
  expect(notChecked(host, answer)).toEqual({
    ...host,
    observed: "unknown",
    outcome: "not-checked",
    reason: "no answer",
  });
});

it("lists checks, failed ones first, each with what is wrong and what to do", () => {
  const volume = { check: "volume-attached-once", subject: "vol-1", expected: "1 attachment, on a" };
  const checks: Check[] = [
    passed(host),
    notChecked({ check: "guest-reachable", expected: "x" }, { reason: "forbidden" }),
    notChecked({ check: "port-bound", expected: "x" }, { reason: "forbidden", fix: "ask for rights" }),
    failed(volume, "2 attachments, on a and b", { reason: "look" }),
    failed({ ...volume, subject: "vol-2" }, "2 attachments, on a and b", { reason: "look", fix: "look there" }),
  ];
  expect(describeChecks({ checks })).toEqual([
    "FAILED       volume-attached-once vol-1: 2 attachments, on a and b, expected 1 attachment, on a (look)",
    "FAILED       volume-attached-once vol-2: 2 attachments, on a and b, expected 1 attachment, on a (look). Fix: look there",
    "not checked  guest-reachable: forbidden",
    "not checked  port-bound: forbidden. Fix: ask for rights",
    "ok           host: b",
  ]);
});

it("describes a reason as one sentence after the other", () => {
  expect(describeReason({ reason: "it broke. ", fix: "repair it" })).toBe("it broke. Fix: repair it");
  expect(describeReason({ reason: "it is over" })).toBe("it is over");
  expect(describeReason({})).toBe("no reason is given");
});
