import { type CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost } from "../contract/failure.ts";
import { NotFound } from "../contract/failure.ts";
import { OutcomeUnknown } from "../contract/failure.ts";
import { intervene, type Intervention } from "../watch/intervene.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import type { MigrationRecord } from "../contract/record.ts";
import { told } from "../messages.ts";
import { MigrationRequestSchema } from "../contract/request.ts";
import type { RunContext } from "./run-context.ts";
import { run } from "./run.ts";
import { Migrator } from "./migrator.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { ended, say } from "../words.ts";

/**
 * Asks Nova to abort, or to complete at any price, the migration in flight; then watches it to its end and verifies
 * the server where it ended up. What Nova answers is told as progress: the end alone decides. Where Nova declines while
 * the migration goes on (a queued one cannot be completed), that is said, and nothing is watched.
 *
 * @throws NotFound if nothing is in flight, CloudLost if this user may not see what is, OutcomeUnknown if Nova goes on with
 *   the migration and gives no answer.
 */
export async function control(
  intervention: Intervention,
  nameOrId: string,
  context: RunContext,
): Promise<MigrationRecord> {
  const { cloud } = context;
  const serverId = await cloud.resolveServer(nameOrId);
  const newest = await newestOf(cloud, serverId, intervention);
  if (!newest || !IN_FLIGHT.has(newest.status)) {
    const last = newest ? say("last-one", { ...named(newest), status: newest.status }) : "";
    throw new NotFound(told("nothing-in-flight", { wanted: nameOrId, intervention, last }));
  }
  const { outcome, message, doubtful, migration, over } = await intervene(intervention, serverId, newest, context);
  const { id, status } = migration;
  const said = { intervention, id: String(id), answer: message };
  if (outcome === "unanswered" && !over) throw new OutcomeUnknown(told("intervention-unanswered", said));
  // After an answer that was lost, Nova may say no because it is at it already.
  if (outcome === "declined" && !over && !doubtful) {
    return await declined(serverId, migration, ended("intervention-declined", { ...said, status }), context);
  }
  const host = migration.destCompute ?? migration.sourceCompute;
  if (host === null) throw new NotFound(told("no-destination-yet", { id: String(id) }));
  return await run(MigrationRequestSchema.parse({ server: serverId, host }), context, migration);
}

/** Its newest live migration. */
async function newestOf(cloud: CloudApi, serverId: string, intervention: string): Promise<MigrationEntry | undefined> {
  const migrations = await cloud.migrations(serverId);
  if (migrations === null) throw new CloudLost(told("migrations-hidden", { server: serverId, intervention }));
  return migrations[0];
}

const named = ({ id, destCompute }: MigrationEntry) => ({ id: String(id), destination: destCompute ?? "" });

/** Nova said no, and goes on with the migration. */
async function declined(serverId: string, migration: MigrationEntry, reason: string, context: RunContext) {
  const startedAt = context.clock.now();
  const snapshot = await context.cloud.snapshot(serverId, { purpose: "verify", migrationUuid: null });
  const name = migration.destCompute ?? "";
  const request = MigrationRequestSchema.parse({ server: serverId, host: name || "unknown" });
  const destination = { name, host: undefined, why: null };
  return new Migrator(
    request,
    context,
    snapshot,
    { action: "adopt", destination, migration, findings: [] },
    startedAt,
  ).stillMoving(reason);
}
