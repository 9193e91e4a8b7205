import type { Edge, MemoryCounters } from "./edge.ts";
import { currentPlace } from "./plan.ts";
import { IN_FLIGHT } from "./unfinished.ts";
import { RECORD_SCHEMA_VERSION, type Place } from "./record.ts";
import type { MigrationEntry } from "./snapshot.ts";

/** Where a server is: a documented contract. */
export interface StatusDocument {
  schemaVersion: typeof RECORD_SCHEMA_VERSION;
  server: { id: string; name: string; status: string; taskState: string | null };
  current: Place;
  /** The newest live migration; null: none, or not visible. */
  migration: (MigrationEntry & { inFlight: boolean; memory: MemoryCounters | null }) | null;
}

export async function statusOf(edge: Edge, nameOrId: string): Promise<StatusDocument> {
  const scope = { purpose: "verify", migrationUuid: null } as const;
  const snapshot = await edge.snapshot(await edge.resolveServer(nameOrId, scope), scope);
  const { id, name, status, taskState } = snapshot.server;
  const newest = snapshot.migrations.known ? snapshot.migrations.value[0] : undefined;
  const inFlight = newest !== undefined && IN_FLIGHT.has(newest.status);
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    server: { id, name, status, taskState },
    current: currentPlace(snapshot),
    migration: newest ? { ...newest, inFlight, memory: inFlight ? await edge.counters(id, newest.id) : null } : null,
  };
}

/** Lines for a person. Pure. */
export function describeStatus({ server, current, migration }: StatusDocument): string[] {
  const task = server.taskState === null ? "" : `, task ${server.taskState}`;
  const lines = [
    `${server.name} (${server.id}) is ${server.status}${task} on ${current.host ?? "?"} (${current.availabilityZone ?? "?"})`,
  ];
  if (migration) {
    const left = migration.memory?.remainingBytes ?? null;
    const memory = left === null ? "" : `, ${Math.ceil(left / 1024 / 1024)} MiB of memory remaining`;
    lines.push(
      `migration ${migration.id} from ${migration.sourceCompute ?? "?"} to ${migration.destCompute ?? "?"}: ${migration.status}${memory}`,
    );
  }
  return lines;
}
