import { runsOn } from "../cloud/places.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import type { MigrationEntry, ServerFacts } from "../cloud/snapshot.ts";

/** What one look at a migration under way has shown. */
export interface Observation {
  /** Milliseconds since the epoch. */
  at: number;
  /** "gone": Nova answers 404, the server was deleted. */
  server: Pick<ServerFacts, "status" | "taskState" | "vmState" | "host" | "hostId" | "projectId"> | "gone";
  /** The record of the migration that is watched; null: Nova shows none (yet). */
  record: Pick<MigrationEntry, "id" | "status" | "sourceCompute" | "destCompute"> | null;
}

/** What is known of the migration after an observation. */
export type Verdict =
  /** Goes on. `phase` is the record's status. */
  | { state: "moving"; phase: string }
  /** The record has ended *and* the server has no task: only now its status means something. */
  | { state: "ended"; status: string; onDestination: boolean }
  /** The server was deleted meanwhile. */
  | { state: "gone" }
  /** Nova says that the server is idle, but its record never ended: its services must have died midway. */
  | { state: "stuck"; status: string; onDestination: boolean };

/** How long a record may lag behind an idle server, in milliseconds. Seen: 0.02 to 0.2 s; a dead compute: for ever. */
export const RECORD_LAG_LIMIT = 60_000;

/**
 * How long an idle server's `error` may still become `failed`, in milliseconds: Nova writes that last, after its
 * notifications (nova/compute/manager.py _rollback_live_migration at 33.0.2). On a busy host 0.1 s were seen.
 */
const ERROR_LAG = 200;

/**
 * Pure. Neither status nor task alone ends a migration: `error` can be transient while the rollback runs, and the
 * task is cleared before the record says `completed` (nova/compute/manager.py _post_live_migration at 33.0.2).
 *
 * @param idleSince When the server was first seen without a task while its record had not ended; null: not so.
 */
export function judge(observation: Observation, destination: string, idleSince: number | null): Verdict {
  const { server, record, at } = observation;
  if (server === "gone") return { state: "gone" };
  const phase = record?.status ?? "accepted";
  const ended = record !== null && !IN_FLIGHT.has(record.status);
  if (server.taskState !== null)
    return { state: "moving", phase: ended ? `${phase}, task ${server.taskState}` : phase };
  const onDestination = runsOn(server, destination);
  const mayBecomeFailed = record?.status === "error" && (idleSince === null || at - idleSince < ERROR_LAG);
  if (ended && !mayBecomeFailed) return { state: "ended", status: record.status, onDestination };
  if (idleSince !== null && at - idleSince >= RECORD_LAG_LIMIT) return { state: "stuck", status: phase, onDestination };
  return { state: "moving", phase };
}
