import { downAmong } from "./silent-compute.ts";
import type { MigrationEntry, Snapshot } from "./snapshot.ts";

/** Statuses of a record whose migration has not ended (nova/compute/manager.py, see docs/architecture.md). */
export const IN_FLIGHT = new Set([
  "accepted",
  "queued",
  "preparing",
  "pre-migrating",
  "running",
  "running (post-copy)",
  "post-migrating",
]);

/** A record that is not updated for this long while its server is idle will not end any more, in milliseconds. */
const STALE_AFTER = 600_000;

/** The newest record, if it has not ended: older ones are history even if they never did. Pure. */
export function newestUnfinished({ migrations }: Pick<Snapshot, "migrations">): MigrationEntry | undefined {
  const newest = migrations.known ? migrations.value[0] : undefined;
  return newest && IN_FLIGHT.has(newest.status) ? newest : undefined;
}

/** How long Cinder and Placement may take to follow the end of a migration, in milliseconds. */
const AFTERMATH = 60_000;

/** Whether the newest migration ended just now, so that what it leaves behind may still be on its way out. Pure. */
export function endedJustNow({
  migrations,
  moves = migrations,
  takenAt,
}: Pick<Snapshot, "migrations" | "moves" | "takenAt">): boolean {
  const newest = moves.known ? moves.value[0] : undefined;
  const touched = Date.parse(newest?.updatedAt ?? newest?.createdAt ?? "");
  return takenAt - touched < AFTERMATH;
}

/** Whether a record is so old that it will not be updated any more, by the cloud's clock. Pure. */
export const isStale = ({ updatedAt, createdAt }: MigrationEntry, now: number): boolean =>
  now - Date.parse(updatedAt ?? createdAt ?? "") > STALE_AFTER;

/**
 * The migration that a server is stuck in: its record ended long ago, or a nova-compute that should end it has been down
 * for long. Undefined: none, or not known. Pure.
 */
export function abandonedMigration({ server, hosts, migrations, takenAt }: Snapshot): MigrationEntry | undefined {
  const newest = migrations.known ? migrations.value[0] : undefined;
  if (!newest || server.taskState !== "migrating" || !isStale(newest, takenAt)) return undefined;
  const over = !IN_FLIGHT.has(newest.status);
  return over || downAmong(hosts, [newest.sourceCompute, newest.destCompute]).length > 0 ? newest : undefined;
}

/** The newest record of an idle server. `ending`: it follows in a moment. `stale`: it never will. */
export type Unfinished =
  { state: "none" } | { state: "ending"; migration: MigrationEntry } | { state: "stale"; migration: MigrationEntry };

/**
 * Nova clears the task before the record ends, so that for a moment an idle server has an unfinished record. One that
 * stays so was left by a service that died. Pure.
 */
export function unfinishedWhileIdle(snapshot: Snapshot): Unfinished {
  const newest = newestUnfinished(snapshot);
  if (snapshot.server.taskState !== null || !newest) return { state: "none" };
  return { state: isStale(newest, snapshot.takenAt) ? "stale" : "ending", migration: newest };
}
