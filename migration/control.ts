import { NotFound } from "./edge.ts";
import { IN_FLIGHT } from "./unfinished.ts";
import type { MigrationRecord } from "./record.ts";
import { told } from "./messages.ts";
import { MigrationRequestSchema } from "./request.ts";
import type { RunContext } from "./run-context.ts";
import { run } from "./run.ts";
import { Runner } from "./runner.ts";
import type { MigrationEntry } from "./snapshot.ts";
import { ended, say } from "./words.ts";

/** Statuses that a moment leads out of, into one in which Nova takes an intervention. */
const SOON = new Set(["accepted", "preparing", "pre-migrating"]);
/** So long that moment may take, in milliseconds. */
const SOON_PATIENCE = 30_000;

/**
 * Asks Nova to abort, or to complete at any price, the migration in flight; then watches it to its end and verifies
 * the server where it ended up. What Nova answers is told as progress: the end alone decides. Where Nova declines while
 * the migration goes on (a queued one cannot be completed), that is said, and nothing is watched.
 *
 * @throws NotFound if nothing is in flight.
 */
export async function control(
  intervention: "abort" | "force-complete",
  nameOrId: string,
  context: RunContext,
): Promise<MigrationRecord> {
  const { edge, clock, progress } = context;
  const serverId = await edge.resolveServer(nameOrId);
  const look = async () => (await edge.migrations(serverId))?.[0];
  let migration = await look();
  if (!migration || !IN_FLIGHT.has(migration.status)) {
    const last = migration ? say("last-one", { ...named(migration), status: migration.status }) : "";
    throw new NotFound(told("nothing-in-flight", { wanted: nameOrId, intervention, last }));
  }
  const { id } = migration;
  const until = clock.now() + SOON_PATIENCE;
  for (;;) {
    const ask = intervention === "abort" ? edge.abort.bind(edge) : edge.forceComplete.bind(edge);
    const { accepted, message } = await ask(serverId, id);
    progress({ kind: "step", text: say("asked", { intervention, id: String(id), answer: message }) });
    if (accepted) break;
    const now = await look();
    // It has ended, or another has begun: this one's end is there to be verified.
    if (now?.id !== id || !IN_FLIGHT.has(now.status)) break;
    migration = now;
    if (!SOON.has(now.status) || clock.now() >= until) {
      const why = { intervention, id: String(id), status: now.status, answer: message };
      return await declined(serverId, now, ended("intervention-declined", why), context);
    }
    await clock.sleep(1_000);
  }
  const host = migration.destCompute ?? migration.sourceCompute;
  if (host === null) throw new NotFound(told("no-destination-yet", { id: String(id) }));
  return await run(MigrationRequestSchema.parse({ server: serverId, host }), context, migration);
}

const named = ({ id, destCompute }: MigrationEntry) => ({ id: String(id), destination: destCompute ?? "" });

/** Nova said no, and goes on with the migration. */
async function declined(serverId: string, migration: MigrationEntry, reason: string, context: RunContext) {
  const startedAt = context.clock.now();
  const snapshot = await context.edge.snapshot(serverId, { purpose: "verify", migrationUuid: null });
  const name = migration.destCompute ?? "";
  const request = MigrationRequestSchema.parse({ server: serverId, host: name || "unknown" });
  const destination = { name, host: undefined, why: null };
  return new Runner(
    request,
    context,
    snapshot,
    { action: "adopt", destination, migration, findings: [] },
    startedAt,
  ).stillMoving(reason);
}
