import * as z from "zod/mini";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { currentPlace } from "../cloud/places.ts";
import { describePlace } from "./plan-document.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import { PlaceSchema, RECORD_SCHEMA_VERSION } from "./record.ts";

const textOrNull = () => z.nullable(z.string());
const numberOrNull = () => z.nullable(z.number());

/** Where a server is, as `live-migrate status --json` prints it: a documented contract. */
export const StatusSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  server: z.object({ id: z.string(), name: z.string(), status: z.string(), taskState: textOrNull() }),
  current: PlaceSchema,
  /** The newest live migration; null: none, or not visible. */
  migration: z.nullable(
    z.object({
      id: z.number(),
      uuid: textOrNull(),
      status: z.string(),
      sourceCompute: textOrNull(),
      destCompute: textOrNull(),
      createdAt: textOrNull(),
      updatedAt: textOrNull(),
      inFlight: z.boolean(),
      memory: z.nullable(
        z.object({
          status: z.string(),
          totalBytes: numberOrNull(),
          processedBytes: numberOrNull(),
          remainingBytes: numberOrNull(),
        }),
      ),
    }),
  ),
});
export type StatusDocument = z.output<typeof StatusSchema>;

export async function statusOf(cloud: CloudApi, nameOrId: string): Promise<StatusDocument> {
  const scope = { purpose: "verify", migrationUuid: null } as const;
  const snapshot = await cloud.snapshot(await cloud.resolveServer(nameOrId, scope), scope);
  const { id, name, status, taskState } = snapshot.server;
  const newest = snapshot.migrations.known ? snapshot.migrations.value[0] : undefined;
  const inFlight = newest !== undefined && IN_FLIGHT.has(newest.status);
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    server: { id, name, status, taskState },
    current: currentPlace(snapshot),
    migration: newest ? { ...newest, inFlight, memory: inFlight ? await cloud.counters(id, newest.id) : null } : null,
  };
}

/** Lines for a person. Pure. */
export function describeStatus({ server, current, migration }: StatusDocument): string[] {
  const task = server.taskState === null ? "" : `, task ${server.taskState}`;
  const lines = [`${server.name} (${server.id}) is ${server.status}${task} on ${describePlace(current)}`];
  if (migration) {
    const left = migration.memory?.remainingBytes ?? null;
    const memory = left === null ? "" : `, ${Math.ceil(left / 1024 / 1024)} MiB of memory remaining`;
    lines.push(
      `migration ${migration.id} from ${migration.sourceCompute ?? "a hidden host"} to ${migration.destCompute ?? "a host not chosen yet"}: ${migration.status}${memory}`,
    );
  }
  return lines;
}
