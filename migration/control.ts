import { NotFound } from "./edge.ts";
import { IN_FLIGHT } from "./unfinished.ts";
import type { MigrationRecord } from "./record.ts";
import { MigrationRequestSchema } from "./request.ts";
import type { RunContext } from "./run-context.ts";
import { run } from "./run.ts";

/**
 * Asks Nova to abort, or to complete at any price, the migration in flight; then watches it to its end and verifies
 * the server where it ended up. What Nova answers is told as progress: the end alone decides.
 *
 * @throws NotFound if nothing is in flight.
 */
export async function control(
  intervention: "abort" | "force-complete",
  nameOrId: string,
  context: RunContext,
): Promise<MigrationRecord> {
  const { edge, progress } = context;
  const serverId = await edge.resolveServer(nameOrId);
  const migration = (await edge.migrations(serverId))?.[0];
  if (!migration || !IN_FLIGHT.has(migration.status))
    throw new NotFound(`no live migration of ${nameOrId} is in flight: there is nothing to ${intervention}`);
  const { message } =
    intervention === "abort"
      ? await edge.abort(serverId, migration.id)
      : await edge.forceComplete(serverId, migration.id);
  progress({ kind: "step", text: `${intervention} of migration ${migration.id}: ${message}` });
  const host = migration.destCompute ?? migration.sourceCompute;
  if (host === null) throw new NotFound(`migration ${migration.id} has no destination yet: try again in a moment`);
  return await run(MigrationRequestSchema.parse({ server: serverId, host }), context, migration);
}
