import type { MigrationEntry } from "../cloud/snapshot.ts";
import type { MigrationRecord } from "../contract/record.ts";

/** A record, and the migration that the operator wants to be aborted. */
export interface CarriedOut {
  record: MigrationRecord;
  abort: MigrationEntry | null;
  /** Nova refused because someone else was faster: what they started may be what this run wants. */
  busy?: boolean;
}

export const final = (record: MigrationRecord): CarriedOut => ({ record, abort: null });
