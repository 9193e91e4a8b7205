import type { JournalEntry } from "./journal.ts";
import type { MigrationRecord } from "../contract/record.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";

/**
 * The migration that brought the server where it is, if an earlier run began it and did not live to verify it: by that
 * run's journal, or by the last record (under Pulumi), which has the server elsewhere. Pure.
 */
export function finishedEarlier(
  { server, migrations }: Snapshot,
  destination: string,
  journalled: JournalEntry | null,
  previous: MigrationRecord | null,
): MigrationEntry | null {
  const newest = migrations.known ? migrations.value[0] : undefined;
  if (newest?.status !== "completed" || newest.destCompute !== destination) return null;
  const begun = journalled?.destination === destination;
  const elsewhere = previous?.server.id === server.id && previous.current.host !== destination;
  return begun || elsewhere ? newest : null;
}
