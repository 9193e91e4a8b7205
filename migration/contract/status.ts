import * as z from "zod/mini";
import { KindSchema } from "./kind.ts";
import { describePlace } from "./plan-document.ts";
import { PlaceSchema, RECORD_SCHEMA_VERSION } from "./record.ts";

const textOrNull = () => z.nullable(z.string());
const numberOrNull = () => z.nullable(z.number());

/** Where a server is, as `live-migrate status --json` prints it: a documented contract. */
export const StatusSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  server: z.object({ id: z.string(), name: z.string(), status: z.string(), taskState: textOrNull() }),
  current: PlaceSchema,
  /** How a run would move it. Absent in documents of earlier versions. */
  kind: z.exactOptional(KindSchema),
  /** The newest live or cold migration, or resize; null: none, or not visible. */
  migration: z.nullable(
    z.object({
      id: z.number(),
      /** As Nova names it: `live-migration`, `migration` (cold), `resize`. Absent where it is not reported, and in documents of earlier versions. */
      type: z.exactOptional(z.string()),
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
/** The document of `live-migrate status --json`. */
export type StatusDocument = z.output<typeof StatusSchema>;

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
  if (server.status === "VERIFY_RESIZE" && migration?.type === "migration") {
    lines.push(
      "its cold migration waits for a decision: `live-migrate confirm` verifies it and keeps it there, `live-migrate revert` takes it back",
    );
  }
  return lines;
}
