import type { CloudApi } from "../cloud/cloud-api.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import { COLD_IN_FLIGHT, isResizing } from "../cloud/cold-status.ts";
import { kindOf } from "../cloud/kind.ts";
import { currentPlace } from "../cloud/places.ts";
import { RECORD_SCHEMA_VERSION } from "../contract/record.ts";
import type { StatusDocument } from "../contract/status.ts";

/** @throws NotFound, CloudLost */
export async function statusOf(cloud: CloudApi, nameOrId: string): Promise<StatusDocument> {
  const scope = { purpose: "show" } as const;
  const snapshot = await cloud.snapshot(await cloud.resolveServer(nameOrId, scope), scope);
  const { id, name, status, taskState } = snapshot.server;
  const all = snapshot.moves ?? snapshot.migrations;
  const newest = all.known ? all.value[0] : undefined;
  const isLive = newest?.type === undefined || newest.type === "live-migration";
  const inFlight = newest !== undefined && (isLive ? IN_FLIGHT : COLD_IN_FLIGHT).has(newest.status);
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    server: { id, name, status, taskState },
    current: currentPlace(snapshot),
    kind: isResizing(snapshot.server) || status === "SHUTOFF" ? "cold" : kindOf(snapshot.server),
    migration: newest
      ? { ...newest, inFlight, memory: inFlight && isLive ? await cloud.counters(id, newest.id) : null }
      : null,
  };
}
