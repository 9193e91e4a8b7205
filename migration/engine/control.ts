import type { CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost, NotFound, OutcomeUnknown } from "../contract/failure.ts";
import { intervene, type Intervention } from "../watch/intervene.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import type { MigrationRecord } from "../contract/record.ts";
import { message } from "../message.ts";
import { MigrationRequestSchema } from "../contract/request.ts";
import type { RunContext } from "./run-context.ts";
import { run } from "./run.ts";
import { Migrator } from "./migrator.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";

/**
 * Asks Nova to abort, or to complete at any price, the migration in flight; then watches it to its end and verifies
 * the server where it ended up. Nova's answer is shown as progress: only the end decides. Where Nova declines while
 * the migration goes on (a queued one cannot be completed), the record says so, and nothing is watched.
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
    const last = newest
      ? `; the last one (${newest.id}, to ${newest.destCompute ?? "no host"}) is ${newest.status}`
      : "";
    throw new NotFound(
      message(
        `no live migration of ${nameOrId} is in flight: there is nothing to ${intervention}${last}`,
        "`live-migrate status` shows where it is. A cold migration cannot be aborted: `live-migrate revert` takes it back once it has arrived",
      ),
    );
  }
  const answer = await intervene(intervention, serverId, newest, context);
  const { outcome, doubtful, migration, over } = answer;
  const { id, status } = migration;
  if (outcome === "unanswered" && !over) {
    throw new OutcomeUnknown(
      message(
        `it is not known whether Nova has accepted the ${intervention} of migration ${id}, and the migration continues: ${answer.message}`,
        "run this again: requested twice, Nova does it once; `live-migrate status` shows its progress",
      ),
    );
  }
  // After an answer that was lost, Nova may say no because it is at it already.
  if (outcome === "declined" && !over && !doubtful) {
    const reason = `Nova declines to ${intervention} migration ${id}, which is ${status}: ${answer.message}`;
    return await declined(serverId, migration, reason, context);
  }
  const host = migration.destCompute ?? migration.sourceCompute;
  if (host === null) throw new NotFound(message(`migration ${id} has no destination yet`, "try again in a moment"));
  return await run(MigrationRequestSchema.parse({ server: serverId, host }), context, migration);
}

/** Its newest live migration. */
async function newestOf(cloud: CloudApi, serverId: string, intervention: string): Promise<MigrationEntry | undefined> {
  const migrations = await cloud.migrations(serverId);
  if (migrations === null) {
    throw new CloudLost(
      message(
        `this user may not see the migrations of server ${serverId}: the one to ${intervention} is not known`,
        "use an account that may (Nova's policy os_compute_api:os-migrations:index; docs/accounts.md)",
      ),
    );
  }
  return migrations[0];
}

/** Nova refused, and the migration continues. */
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
