import type { CloudApi } from "../cloud/cloud-api.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import { kindOf } from "../cloud/kind.ts";
import { currentPlace } from "../cloud/places.ts";
import { RECORD_SCHEMA_VERSION } from "../contract/record.ts";
import type { StatusDocument } from "../contract/status.ts";

/** @throws NotFound, CloudLost */
export async function statusOf(cloud: CloudApi, nameOrId: string): Promise<StatusDocument> {
  const scope = { purpose: "show" } as const;
  const snapshot = await cloud.snapshot(await cloud.resolveServer(nameOrId, scope), scope);
  const { id, name, status, taskState } = snapshot.server;
  const newest = snapshot.migrations.known ? snapshot.migrations.value[0] : undefined;
  const inFlight = newest !== undefined && IN_FLIGHT.has(newest.status);
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    server: { id, name, status, taskState },
    current: currentPlace(snapshot),
    kind: kindOf(snapshot.server),
    migration: newest ? { ...newest, inFlight, memory: inFlight ? await cloud.counters(id, newest.id) : null } : null,
  };
}
