import { isAtRest, MOVABLE } from "../plan/server-state.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

/** What must hold now. The same for a server on its destination and for one that stayed on its source. */
export interface Expectation {
  serverId: string;
  /** null: the one of `hostId`, whose name this user may not see. */
  host: string | null;
  /** Counts only where `host` is null. */
  hostId: string;
  /** The server's status before the move: ACTIVE or PAUSED; where nothing was moved, also one that rests. */
  status: string;
  vmState: string;
  volumeIds: string[];
  /** The image that it was booted from; null: it boots from a volume. */
  image: string | null;
  /** Ports that were not ACTIVE before: that they are not now is not the move's doing, and proves nothing either. */
  silentPortIds: string[];
  /** Ports that were bound to no host before: nothing of the move can have changed that. */
  unboundPortIds: string[];
  /** Uuid of the migration whose own allocations are checked; null: none. */
  migrationUuid: string | null;
  /** The host on which alone the migration must hold resources: a cold one that waits to be confirmed. Unset: on none. */
  migrationHolds?: string | null;
}

/**
 * What must hold of the server on `host`, by how it was before. Pure.
 *
 * @param host null: where it was before.
 * @param seen Whether `before` shows it as it was before any move that is judged: not for one that was adopted.
 */
export function expectationOf(
  before: Snapshot,
  {
    host,
    volumeIds,
    migrationUuid,
    moved,
    seen,
  }: {
    host: string | null;
    volumeIds: readonly string[];
    migrationUuid: string | null;
    /** Whether a migration is judged, by this run or an earlier one. */
    moved: boolean;
    seen: boolean;
  },
): Expectation {
  const { id, status, vmState, hostId, volumes, image } = before.server;
  // While it migrates, a server's status is MIGRATING: then its vm_state shows the status from before.
  const was = status === "MIGRATING" ? (vmState ?? "active").toUpperCase() : status;
  const resting = !moved && isAtRest(before.server);
  const expected = MOVABLE.has(was) || resting ? was : "ACTIVE";
  const ports = before.ports.known ? before.ports.value : [];
  const silent = seen ? ports.filter((port) => port.status !== "ACTIVE") : [];
  return {
    serverId: id,
    host,
    hostId,
    status: expected,
    vmState: resting ? (vmState ?? "") : expected.toLowerCase(),
    volumeIds: [...new Set([...volumeIds, ...volumes.map((volume) => volume.id)])],
    image,
    silentPortIds: silent.map((port) => port.id),
    unboundPortIds: ports.filter((port) => port.host === "").map((port) => port.id),
    migrationUuid,
  };
}
