import type { MigrationEntry, ServerFacts, Snapshot } from "./snapshot.ts";

/** Nova's type of a cold migration's record. */
export const COLD_TYPE = "migration";

/** Status of a server that waits on its destination for its cold migration, or resize, to be confirmed or reverted. */
export const UNCONFIRMED = "VERIFY_RESIZE";

/** Statuses of a record whose cold migration has not reached its destination (nova/compute/manager.py at 33.0.2). */
export const COLD_IN_FLIGHT = new Set(["accepted", "queued", "pre-migrating", "migrating", "post-migrating"]);

/** Statuses of a record that has begun to be confirmed or reverted, but has not ended. */
export const COLD_ENDING = new Set(["confirming", "reverting"]);

const STATUSES = new Set(["RESIZE", UNCONFIRMED, "REVERT_RESIZE"]);

/** Whether a cold migration, or a resize, of the server is under way or waits to be confirmed. Pure. */
export const isResizing = ({ status, taskState }: Pick<ServerFacts, "status" | "taskState">): boolean =>
  STATUSES.has(status) || (taskState?.startsWith("resize_") ?? false);

/** Whether Nova works on one now. Pure. */
export const isMovingCold = (server: Pick<ServerFacts, "status" | "taskState">): boolean =>
  server.taskState !== null && isResizing(server);

/**
 * Whether Nova works on one that it does not show yet, or not with its destination: it lists a migration a moment after
 * the server has its task. Pure.
 */
export function isYetToShow(snapshot: Pick<Snapshot, "server" | "moves">): boolean {
  const { server, moves } = snapshot;
  const newest = newestCold(snapshot);
  if (!isMovingCold(server) || moves?.known !== true) return false;
  if (newest === undefined) return moves.value[0]?.type !== "resize";
  const goesOn = COLD_IN_FLIGHT.has(newest.status) || COLD_ENDING.has(newest.status);
  return newest.destCompute === null || (server.taskState === "resize_prep" && !goesOn);
}

/** Its newest migration of any type, if that is a cold one. Pure. */
export function newestCold({ moves }: Pick<Snapshot, "moves">): MigrationEntry | undefined {
  const newest = moves?.known ? moves.value[0] : undefined;
  return newest?.type === COLD_TYPE ? newest : undefined;
}
