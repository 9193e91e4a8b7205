import { COLD_ENDING, COLD_IN_FLIGHT, UNCONFIRMED } from "../cloud/cold-status.ts";
import { runsOn } from "../cloud/places.ts";
import type { Observation } from "./verdict.ts";

/** What is known of a cold migration after an observation. */
export type ColdVerdict =
  /** Goes on. `phase` is the record's status. */
  | { state: "moving"; phase: string }
  /** It waits on its destination to be confirmed or reverted. */
  | { state: "arrived" }
  | { state: "confirmed" }
  | { state: "reverted" }
  /** Nova gave it up, and the server is idle. */
  | { state: "failed"; status: string; onDestination: boolean }
  /** The server is in ERROR: what runs where is not known. */
  | { state: "error" }
  /** The server was deleted meanwhile. */
  | { state: "gone" }
  /** The server is idle, but its record never ended: a service must have died midway. */
  | { state: "stuck"; status: string };

/** How long the record of an idle server may lag, and a migration that was accepted may have none, in milliseconds. */
const RECORD_LAG_LIMIT = 60_000;

/**
 * Pure. The record is `finished` before the server is VERIFY_RESIZE, and `confirmed` before it is ACTIVE or SHUTOFF
 * again (nova/compute/manager.py _finish_resize and _confirm_resize at 33.0.2): both must agree.
 *
 * @param idleSince when the server was first seen without a task and with its record as it is now; null: not before
 */
export function judgeCold(
  { server, record, at }: Observation,
  destination: string,
  idleSince: number | null,
): ColdVerdict {
  if (server === "gone") return { state: "gone" };
  const phase = record?.status ?? "accepted";
  if (server.taskState !== null) return { state: "moving", phase };
  if (server.status === "ERROR") return { state: "error" };
  const onDestination = runsOn(server, destination);
  const late = idleSince !== null && at - idleSince >= RECORD_LAG_LIMIT;
  if (server.status === UNCONFIRMED) {
    if (phase === "finished" && onDestination) return { state: "arrived" };
    // The source's nova-compute confirms it, and may be down: a matter of the caller's patience.
    if (COLD_ENDING.has(phase) || !late) return { state: "moving", phase };
    return { state: "stuck", status: phase };
  }
  if (phase === "confirmed") return { state: "confirmed" };
  if (phase === "reverted") return { state: "reverted" };
  const ended = record !== null && !COLD_IN_FLIGHT.has(phase) && !COLD_ENDING.has(phase) && phase !== "finished";
  if (ended) return { state: "failed", status: phase, onDestination };
  if (!late) return { state: "moving", phase };
  return record === null
    ? { state: "failed", status: "without a record", onDestination }
    : { state: "stuck", status: phase };
}
