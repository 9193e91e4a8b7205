import { describeReason } from "../../migration/verify/check.ts";
import { readRecord, type MigrationRecord } from "../../migration/contract/record.ts";
import { oneLine } from "../../text/visible.ts";

/**
 * Reads the record that the command wrote to its stdout.
 *
 * @throws {Error} for text that is no record, or one of another version
 */
export function parseRecord(stdout: string): MigrationRecord {
  const read = readRecord(stdout);
  if (read.ok) return read.record;
  const output = JSON.stringify(stdout.slice(0, 200));
  const problem = `live-migrate printed no record of this version (${read.reason}): ${output}`;
  const fix = "install the matching version of this program (`npm ci`, `npm run build`), then run this again";
  throw new Error(oneLine(`${problem}. Fix: ${fix}`));
}

/** Whether the record is newer than `since`; an older one was read back from the stack's state. */
export function isNews(record: MigrationRecord, since: Date): boolean {
  return Date.parse(record.timings.finishedAt) >= since.getTime();
}

/** The messages that `up` shows for a record: its summary, what was not checked and why, the warnings. */
export function messages(record: MigrationRecord): { level: "info" | "warn"; text: string }[] {
  const unchecked = record.checks.filter((check) => check.outcome === "not-checked");
  const byReason = Map.groupBy(unchecked, describeReason);
  return [
    { level: "info", text: record.summary },
    ...[...byReason].map(([why, checks]) => {
      const names = checks.map(({ check, subject }) => (subject === undefined ? check : `${check} of ${subject}`));
      return { level: "info" as const, text: `not checked: ${names.join(", ")} (${why})` };
    }),
    ...record.findings
      .filter((finding) => finding.severity === "warning")
      .map(({ problem, fix }) => ({ level: "warn" as const, text: `${problem}: ${fix}` })),
  ];
}
