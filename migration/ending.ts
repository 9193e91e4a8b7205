import { OutcomeUnknown } from "./failure.ts";
import type { Check } from "./record.ts";
import type { MigrationEntry, Snapshot } from "./snapshot.ts";

/** For the record only: that it completed is what led here. */
export const recordCheck = (status: string): Check => ({
  check: "migration-record",
  expected: "completed",
  observed: status,
  outcome: status === "completed" ? "passed" : "failed",
});

/** The record as a later snapshot has it. */
export const lastOf = (migration: MigrationEntry | null, { migrations }: Snapshot): MigrationEntry | null =>
  (migrations.known ? migrations.value.find(({ id }) => id === migration?.id) : undefined) ?? migration;

export const outcomeUnknown = (reason: string) =>
  new OutcomeUnknown(
    `whether Nova has taken the request is not known, and nothing shows yet: ${reason}. ` +
      "Fix: run this again; it looks first, and moves the server at most once",
  );

export const stuckReason = (migration: MigrationEntry | null) =>
  migration === null
    ? "no record of its migration can be seen, so that nothing proves how it ended"
    : `its record stays ${migration.status} while the server is idle`;
