import { MASKED } from "../cloud/failure-cause.ts";
import { hostNamed } from "../cloud/places.ts";
import { type CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost } from "../contract/failure.ts";
import { NotFound } from "../contract/failure.ts";
import { OutcomeUnknown } from "../contract/failure.ts";
import { cpuFindings } from "../plan/hypervisor.ts";

import type { MoveAge } from "../guest/guest-checks.ts";
import { told } from "../messages.ts";
import { plan } from "../plan/plan.ts";
import type { Check, Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { downAmong } from "../cloud/silent-compute.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import { ended, say } from "../words.ts";

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

/** Findings that tell what might stand in the way where nothing certain does. */
const POSSIBLE: ReadonlySet<string> = new Set([
  ...["pin-unknown", "capacity-not-checked", "groups-not-checked"],
  ...["numa-or-pci", "device-port", "cpu-differs"],
]);

/** @param watched Whether this run saw its end: then that is now, whatever the cloud's clock says. Pure. */
export function ageOf(migration: MigrationEntry | null, now: number, watched: boolean): MoveAge | null {
  if (!migration?.createdAt) return null;
  const ago = (time: string) => (now - Date.parse(time)) / 1000;
  return {
    beganSecondsAgo: ago(migration.createdAt),
    endedSecondsAgo: watched || !migration.updatedAt ? 0 : ago(migration.updatedAt),
  };
}

/**
 * Nova's reason. Where that is but "No valid host", or none of a migration that ended before it began, what stands in
 * the way now is told too, for that is what stood there then. Reads only.
 *
 * @param failed.status of the migration's record
 */
export async function whyFailed(
  cloud: CloudApi,
  request: MigrationRequest,
  failed: { serverId: string; requestId: string | null; host: string; status: string | null },
): Promise<string | null> {
  const { serverId, requestId, host, status } = failed;
  const reason = await cloud.failureReason(serverId, requestId);
  const masked = reason === null ? status === "error" : MASKED.test(reason);
  const ofCpu = reason !== null && /\bCPU\b/.test(reason);
  if (!masked && !ofCpu) return reason;
  try {
    const snapshot = await cloud.snapshot(serverId, { purpose: "plan", host });
    const found = ofCpu ? cpus(snapshot, host) : standing(request, snapshot, host);
    const texts = found.map(({ problem, fix }) => `${problem} (fix: ${fix})`);
    if (texts.length === 0 && reason !== null && masked) texts.push(say("cause-hidden", { host }));
    return [...(reason === null ? [] : [reason.replace(/[.\s]+$/, "")]), ...texts].join("; ") || null;
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return reason;
    throw error;
  }
}

/** What stands in the way of the same move now, or else what may. */
function standing(request: MigrationRequest, snapshot: Snapshot, host: string): Finding[] {
  const again: MigrationRequest = { ...request, host };
  delete again.zone;
  const { findings } = plan(again, snapshot);
  const blockers = findings.filter(({ severity }) => severity === "blocker");
  return blockers.length > 0
    ? blockers
    : [...findings, ...cpus(snapshot, host)].filter(({ code }) => POSSIBLE.has(code));
}

function cpus({ server, hosts }: Snapshot, destination: string): Finding[] {
  const [source, target] = [hostNamed(hosts, server.host), hostNamed(hosts, destination)];
  return source && target ? cpuFindings(source, target) : [];
}
