import { expect, test } from "vitest";
import { usualSeconds } from "../../../migration/usual-duration.ts";
import { entry } from "../../support/samples.ts";

const took = (seconds: number, status = "completed") =>
  entry({
    status,
    createdAt: "2026-03-01T10:00:00Z",
    updatedAt: new Date(Date.parse("2026-03-01T10:00:00Z") + seconds * 1000).toISOString(),
  });

test.each([
  ["nothing without an earlier move", [], null],
  ["what the only one took", [took(4)], 4],
  ["the middle of several: one that waited in the queue does not count for all", [took(90), took(4), took(3)], 4],
  ["between whole seconds, by several", [took(4), took(5), took(90), took(5), took(1)], 14 / 3],
  ["nothing of those that did not arrive", [took(2, "failed"), took(2, "cancelled"), took(1, "running")], null],
  ["nothing without times", [entry({ status: "completed", createdAt: null, updatedAt: null })], null],
  ["nothing of a clock that was put back", [took(-3)], null],
])("is %s", (_, migrations, expected) => {
  expect(usualSeconds(migrations)).toBe(expected);
});
