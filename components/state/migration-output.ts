import { describeWhy } from "../../migration/verify/check-messages.ts";
import { readRecord, type MigrationRecord } from "../../migration/contract/record.ts";
import { textOf } from "../texts.ts";

/**
 * Reads the record that the command wrote to its stdout.
 *
 * @throws {Error} for text that is no record, or one of another version
 */
export function parseRecord(stdout: string): MigrationRecord {
  const read = readRecord(stdout);
  if (read.ok) return read.record;
  throw new Error(textOf("no-record", { reason: read.reason, output: JSON.stringify(stdout.slice(0, 200)) }));
}

/** Was the record made after `since`? Else it is an older run's, read back from the stack's state. */
export function isNews(record: MigrationRecord, since: Date): boolean {
  return Date.parse(record.timings.finishedAt) >= since.getTime();
}

/** What a person should read of a record: its summary, then what was not looked at and why, then the warnings. */
export function messages(record: MigrationRecord): { level: "info" | "warn"; text: string }[] {
  const unchecked = record.checks.filter((check) => check.outcome === "not-checked");
  const byReason = Map.groupBy(unchecked, describeWhy);
  return [
    { level: "info", text: record.summary },
    ...[...byReason].map(([why, checks]) => {
      const names = checks.map(({ check, subject }) => (subject === undefined ? check : `${check} of ${subject}`));
      return { level: "info" as const, text: textOf("not-checked", { checks: names.join(", "), why }) };
    }),
    ...record.findings
      .filter((finding) => finding.severity === "warning")
      .map(({ problem, fix }) => ({ level: "warn" as const, text: `${problem}: ${fix}` })),
  ];
}
