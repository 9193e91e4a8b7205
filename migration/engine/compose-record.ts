import { RECORD_SCHEMA_VERSION, type MigrationRecord, type VolumeFacts } from "../contract/record.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { kindOf } from "../cloud/kind.ts";
import { COLD_TYPE } from "../cloud/cold-status.ts";
import { currentPlace } from "../cloud/places.ts";
import { summarise } from "./summary.ts";
import { oneLine } from "../../text/visible.ts";

/** What a run has found out; {@link composeRecord} makes the record of it. */
export type RecordInputs = Omit<
  MigrationRecord,
  "schemaVersion" | "summary" | "server" | "current" | "pin" | "kind" | "volumes" | "migration" | "timings"
> & {
  /** The last look at everything. */
  snapshot: Snapshot;
  migration: MigrationEntry | null;
  memoryTotalBytes: number | null;
  /** Why it failed, or why watching ended. */
  reason: string | null;
  timings: { startedAt: number; finishedAt: number; phases: MigrationRecord["timings"]["phases"] };
};

/** The record. Pure. */
export function composeRecord(found: RecordInputs): MigrationRecord {
  const { snapshot, migration, memoryTotalBytes, reason, timings, ...rest } = found;
  const { id, name, pin } = snapshot.server;
  const current = currentPlace(snapshot);
  const kind = migration === null ? null : migration.type === COLD_TYPE ? "cold" : kindOf(snapshot.server);
  const confirmed = kind === "cold" && migration?.status === "confirmed";
  const confirmation = rest.confirmation ?? (confirmed ? "confirmed" : undefined);
  const iso = (at: number) => new Date(at).toISOString();
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    outcome: rest.outcome,
    summary: oneLine(
      summarise({
        outcome: rest.outcome,
        server: { id, name },
        source: rest.source.host,
        destination: rest.destination.host,
        current: current.host,
        status: snapshot.server.status,
        checks: rest.checks,
        findings: rest.findings,
        migrationStatus: migration?.status ?? null,
        cold: kind === "cold",
        confirmation: confirmation ?? null,
        reason,
        adopted: rest.adopted,
        downtimeMilliseconds: rest.downtime?.milliseconds ?? null,
      }),
    ),
    server: { id, name },
    source: rest.source,
    destination: rest.destination,
    current,
    migration:
      migration === null
        ? null
        : {
            id: migration.id,
            uuid: migration.uuid,
            status: migration.status,
            createdAt: migration.createdAt,
            updatedAt: migration.updatedAt,
            memoryTotalBytes,
          },
    requestId: rest.requestId,
    adopted: rest.adopted,
    method: rest.method,
    kind,
    ...(confirmation && { confirmation }),
    pin,
    volumes: volumeFacts(snapshot),
    checks: rest.checks,
    findings: rest.findings,
    timings: {
      startedAt: iso(timings.startedAt),
      finishedAt: iso(timings.finishedAt),
      totalSeconds: (timings.finishedAt - timings.startedAt) / 1000,
      novaSeconds: novaSeconds(migration),
      phases: timings.phases,
    },
    downtime: rest.downtime,
    guest: rest.guest,
    requests: rest.requests,
  };
}

/** Nova's own duration, in whole seconds: its times have no fractions. */
function novaSeconds(migration: MigrationEntry | null): number | null {
  if (!migration?.createdAt || !migration.updatedAt) return null;
  const seconds = (Date.parse(migration.updatedAt) - Date.parse(migration.createdAt)) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}

function volumeFacts({ server, volumes, attachments }: Snapshot): VolumeFacts[] {
  return server.volumes.map(({ id, device }) => {
    const volume = volumes.known ? volumes.value.find((candidate) => candidate.id === id) : undefined;
    const mine = volume?.attachments.filter(({ serverId }) => serverId === server.id);
    const hosts = mine?.map(({ host }) => host).filter((host) => host !== null);
    return {
      id,
      name: volume?.name ?? null,
      device,
      sizeGiB: volume?.sizeGiB ?? null,
      bootable: volume?.bootable ?? null,
      status: volume?.status ?? null,
      attachments: attachments.known ? attachments.value.filter(({ volumeId }) => volumeId === id).length : null,
      attachedHosts: hosts && hosts.length > 0 ? hosts : null,
    };
  });
}
