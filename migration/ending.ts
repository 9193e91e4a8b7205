import { MASKED } from "./cause.ts";
import { CloudLost, NotFound, type Edge } from "./edge.ts";
import { OutcomeUnknown } from "./failure.ts";
import { told } from "./messages.ts";
import { plan } from "./plan.ts";
import type { Check } from "./record.ts";
import type { MigrationRequest } from "./request.ts";
import type { MigrationEntry, Snapshot } from "./snapshot.ts";
import { downAmong } from "./silent-compute.ts";
import { IN_FLIGHT } from "./unfinished.ts";
import { ended } from "./words.ts";

/** For the record only: that it completed is what led here. */
export const COMPLETED: Check = {
  check: "migration-record",
  expected: "completed",
  observed: "completed",
  outcome: "passed",
};

/** The record as a later snapshot has it. */
export const lastOf = (migration: MigrationEntry | null, { migrations }: Snapshot): MigrationEntry | null =>
  (migrations.known ? migrations.value.find(({ id }) => id === migration?.id) : undefined) ?? migration;

export const outcomeUnknown = (reason: string) => new OutcomeUnknown(told("outcome-unknown", { reason }));

export const stuckReason = (migration: MigrationEntry | null) =>
  migration === null ? ended("no-record") : ended("record-stays", { status: migration.status });

/** Why a server stays in a migration that nobody ends, and what to do about it. Pure. */
export function abandonedReason(migration: MigrationEntry, { hosts }: Pick<Snapshot, "hosts">): string {
  const { id, status, sourceCompute, destCompute } = migration;
  const source = sourceCompute ?? "its source";
  const destination = destCompute ?? "its destination";
  const named = { id: String(id), status, source, destination };
  if (status === "completed") return ended("task-stays", named);
  if (!IN_FLIGHT.has(status)) return ended("rollback-stays", named);
  const down = downAmong(hosts, [sourceCompute, destCompute]);
  return ended("nobody-ends-it", { ...named, hosts: down.join(" and ") || `${source} or ${destination}` });
}

/** The migration that someone else began after one, newest first; null: there is none, or it is not visible. Pure. */
export function othersAfter(id: number | null, { migrations }: Snapshot): MigrationEntry | null {
  const newest = migrations.known ? migrations.value[0] : undefined;
  return newest !== undefined && newest.id > (id ?? 0) ? newest : null;
}

/** What else there is to say of an end that is no success. Pure. */
export function aftermath(last: MigrationEntry | null, snapshot: Snapshot): string | null {
  const newest = last && othersAfter(last.id, snapshot);
  if (newest === null) return null;
  const { id, destCompute, status } = newest;
  return ended("moved-by-others-after", { id: String(id), destination: destCompute ?? "", status });
}

/**
 * Nova's reason; where that is but "No valid host", what stands in the way now, for that is what stood there then.
 * Reads only.
 */
export async function whyFailed(
  edge: Edge,
  request: MigrationRequest,
  { serverId, requestId, host }: { serverId: string; requestId: string | null; host: string },
): Promise<string | null> {
  const reason = await edge.failureReason(serverId, requestId);
  if (reason === null || !MASKED.test(reason)) return reason;
  try {
    const wish: MigrationRequest = { ...request, host };
    delete wish.zone;
    const decided = plan(wish, await edge.snapshot(serverId, { purpose: "plan", host }));
    const blockers = decided.findings.filter(({ severity }) => severity === "blocker");
    // Nothing does that can be seen: then it may well be what cannot.
    const found = blockers.length > 0 ? blockers : decided.findings.filter(({ code }) => code === "pin-unknown");
    return [reason.replace(/[.\s]+$/, ""), ...found.map(({ problem, fix }) => `${problem} (fix: ${fix})`)].join("; ");
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return reason;
    throw error;
  }
}
