import type { Kind } from "../contract/kind.ts";
import { MASKED } from "../cloud/failure-cause.ts";
import { COLD_TYPE } from "../cloud/cold-status.ts";
import { kindOf } from "../cloud/kind.ts";
import { hostNamed } from "../cloud/places.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost, NotFound, OutcomeUnknown, ServerGone } from "../contract/failure.ts";
import { cpuFindings } from "../plan/hypervisor.ts";
import type { MoveAge } from "../guest/guest-checks.ts";
import { message } from "../message.ts";
import { sh } from "../../text/shell.ts";
import { plan, planScope } from "../plan/plan.ts";
import type { Check, Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { MigrationEntry, ServerFacts, Snapshot } from "../cloud/snapshot.ts";
import { downAmong } from "../cloud/silent-compute.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";

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

export const outcomeUnknown = (reason: string) =>
  new OutcomeUnknown(
    message(
      `it is not known whether Nova has accepted the request, and nothing shows yet: ${reason}`,
      "run this again; it looks first, and moves the server at most once",
    ),
  );

export const serverGone = (serverId: string, cause?: unknown) =>
  new ServerGone(message(`server ${serverId} was deleted while it was being moved or verified`, "ask who deleted it"), {
    cause,
  });

export const silentReason = (hosts: readonly string[]) =>
  `nova-compute on ${hosts.join(" and ")} does not report, and without it no migration ends: bring it up ` +
  "(`openstack compute service list` shows when it is); meanwhile do not restart or evacuate the server: " +
  "its guest may run on either host";

export const stuckReason = (migration: MigrationEntry | null) =>
  migration === null
    ? "no record of its migration is visible: nothing proves how it ended"
    : `its record stays ${migration.status} while the server is idle`;

/** Why a server is stuck in a migration, and what to do about it. Pure. */
export function abandonedReason(migration: MigrationEntry, { hosts }: Pick<Snapshot, "hosts">): string {
  const { id, status, sourceCompute, destCompute } = migration;
  const source = sourceCompute ?? "its source";
  const destination = destCompute ?? "its destination";
  if (status === "completed") {
    return (
      `migration ${id} is recorded as completed, but nova-compute on ${destination} has not taken the server over, ` +
      `which keeps the task of its migration. Its guest most probably runs on ${destination}. Restart nova-compute on ` +
      `${destination}: it then ends the migration, and \`live-migrate verify\` proves it. Do not only reset the server's ` +
      `state, and do not start it on ${source}: the power sync of ${source} could stop the healthy guest`
    );
  }
  if (!IN_FLIGHT.has(status)) {
    return (
      `migration ${id} is recorded as ${status}, but the server keeps the task of its migration. Its guest probably runs ` +
      `on ${source}; look with \`virsh list\` on ${source} and on ${destination}. Restart nova-compute on ${source} if it ` +
      "does. Do not only reset the server's state, and do not start it while its guest may run elsewhere"
    );
  }
  const down = downAmong(hosts, [sourceCompute, destCompute]).join(" and ") || `${source} or ${destination}`;
  return (
    `nova-compute on ${down} is down, and without it nothing ends migration ${id}, which stays ${status}. Its guest runs ` +
    `on ${source} or, if its memory was copied by then, on ${destination}: look with \`virsh list\` on both. Restart ` +
    `nova-compute on ${down}, then \`live-migrate verify\`. Do not reset the server's state, and do not start or evacuate ` +
    "it: two guests would write to the same volumes"
  );
}

/** The migration that someone else began after one, newest first; null: there is none, or it is not visible. Pure. */
export function othersAfter(id: number | null, { migrations }: Snapshot): MigrationEntry | null {
  const newest = migrations.known ? migrations.value[0] : undefined;
  return newest !== undefined && newest.id > (id ?? 0) ? newest : null;
}

/** Further facts about an end that is not a success. Pure. */
export function aftermath(last: MigrationEntry | null, snapshot: Snapshot): string | null {
  const newest = last && othersAfter(last.id, snapshot);
  if (newest === null) return null;
  const { id, destCompute, status } = newest;
  return `someone started another live migration after it (${id}, to ${destCompute ?? "a host not known yet"}: ${status})`;
}

/** Findings that may be the cause if no certain one is found. */
const POSSIBLE: ReadonlySet<string> = new Set([
  ...["pin-unknown", "capacity-not-checked", "groups-not-checked"],
  ...["numa-or-pci", "device-port", "cpu-differs"],
]);

/** @param watched Whether this run saw its end: then the end is now, whatever the cloud's clock says. Pure. */
export function ageOf(migration: MigrationEntry | null, now: number, watched: boolean): MoveAge | null {
  if (!migration?.createdAt) return null;
  const ago = (time: string) => (now - Date.parse(time)) / 1000;
  return {
    beganSecondsAgo: ago(migration.createdAt),
    endedSecondsAgo: watched || !migration.updatedAt ? 0 : ago(migration.updatedAt),
    ...(migration.type === COLD_TYPE && { restarts: true }),
  };
}

/** The name of an exception is all that Nova's events keep of one that it did not expect. */
const EXCEPTION = /^[A-Z]\w*(Error|Exception)$/;

/** Of image-booted servers a common cause is known: with one images_type on the source and another here, Zed fails so. */
const bareException = (name: string, host: string, kind: Kind) =>
  `${name}; the API shows no more of it (fix: look for it in the log of nova-compute on ${host}` +
  (kind === "live-local-disks" ? "; hosts whose images_type differ cannot give each other local disks)" : ")");

/**
 * Nova's reason. Where that is but "No valid host", or none of a migration that ended before it began, what stands in
 * the way now is reported too: it stood there then as well. Reads only.
 *
 * @param failed.status of the migration's record
 */
export async function whyFailed(
  cloud: CloudApi,
  request: MigrationRequest,
  failed: {
    server: ServerFacts;
    requestId: string | null;
    host: string;
    status: string | null;
    action?: "live-migration" | "migrate";
  },
): Promise<string | null> {
  const { server, requestId, host, status, action } = failed;
  const reason = await cloud.failureReason(server.id, requestId, action);
  const masked = reason === null ? status === "error" : MASKED.test(reason);
  if (reason !== null && EXCEPTION.test(reason))
    return bareException(reason, host, action === "migrate" ? "cold" : kindOf(server));
  const ofCpu = reason !== null && /\bCPU\b/.test(reason);
  // Nova only passes on that Neutron declined, which may be because of an existing binding.
  const ofPort = reason !== null && /\b(port binding|binding failed)\b/i.test(reason);
  if (!masked && !ofCpu && !ofPort) return reason;
  try {
    const snapshot = await cloud.snapshot(server.id, { ...planScope(request), host });
    const found = ofCpu
      ? cpus(snapshot, host)
      : standing(request, snapshot, host).filter(({ code }) => !ofPort || code === "leftover-binding");
    const texts = found.map(({ problem, fix }) => `${problem} (fix: ${fix})`);
    if (texts.length === 0 && reason !== null && masked) {
      texts.push(
        `no API shows the cause (fix: look in the log of nova-scheduler for the filter that refused ${host}, and in that of nova-conductor for what failed after it)`,
      );
    }
    if (texts.length === 0 && ofPort) {
      texts.push(
        `Neutron could not bind a port to ${host} (fix: check that its agent is alive, \`${sh`openstack network agent list --host ${host}`}\`, and look in the log of neutron-server)`,
      );
    }
    return [...(reason === null ? [] : [reason.replace(/[.\s]+$/, "")]), ...texts].join("; ") || null;
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return reason;
    throw error;
  }
}

/** What blocks the same move now, or else what may block it. */
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
