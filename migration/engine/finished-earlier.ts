import { COLD_TYPE } from "../cloud/cold-status.ts";
import { confirmedByOthers } from "./cold/cold-findings.ts";
import type { JournalEntry } from "./journal.ts";
import type { Finding, MigrationRecord } from "../contract/record.ts";
import type { Judged } from "../verify/verification.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";

/**
 * The migration that brought the server where it is, if an earlier run began it and did not live to verify it: by that
 * run's journal, or by the last record (under Pulumi), which has the server elsewhere. Pure.
 */
export function finishedEarlier(
  { server, migrations, moves }: Snapshot,
  destination: string,
  journalled: JournalEntry | null,
  previous: MigrationRecord | null,
): MigrationEntry | null {
  const live = migrations.known ? migrations.value[0] : undefined;
  const any = moves?.known ? moves.value[0] : undefined;
  const newest = any?.type === COLD_TYPE ? any : live;
  const isOver = newest?.status === (newest?.type === COLD_TYPE ? "confirmed" : "completed");
  if (newest === undefined || !isOver || newest.destCompute !== destination) return null;
  const begun = journalled?.destination === destination;
  const elsewhere = previous?.server.id === server.id && previous.current.host !== destination;
  return begun || elsewhere ? newest : null;
}

/** How the server is verified after the migration of an earlier run, and what there is to say of that. Pure. */
export function afterEarlier(
  finished: MigrationEntry | null,
  journalled: JournalEntry | null,
): { judged: Judged; found: Finding | null } {
  if (finished === null) return { judged: "nothing", found: null };
  if (finished.type !== COLD_TYPE) return { judged: "adopted", found: null };
  // A cold migration leaves a server shut off that was.
  const byOthers = journalled?.cold !== undefined && journalled.decision !== "confirm";
  return { judged: "nothing", found: byOthers ? confirmedByOthers(finished) : null };
}
