import { CloudLost, NotFound, type Edge } from "./edge.ts";
import { OutcomeUnknown } from "./failure.ts";
import { insist } from "./insist.ts";
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
 * @throws NotFound if nothing is in flight, CloudLost if this user may not see what is, OutcomeUnknown if Nova goes on with
 *   the migration and gives no answer.
 */
export async function control(
  intervention: "abort" | "force-complete",
  nameOrId: string,
  context: RunContext,
): Promise<MigrationRecord> {
  const { edge, clock, progress } = context;
  const serverId = await edge.resolveServer(nameOrId);
  const look = () => newest(edge, serverId, intervention);
  let migration = await look();
  if (!migration || !IN_FLIGHT.has(migration.status)) {
    const last = migration ? say("last-one", { ...named(migration), status: migration.status }) : "";
    throw new NotFound(told("nothing-in-flight", { wanted: nameOrId, intervention, last }));
  }
  const { id } = migration;
  const until = clock.now() + SOON_PATIENCE;
  for (;;) {
    const ask = intervention === "abort" ? edge.abort.bind(edge) : edge.forceComplete.bind(edge);
    const { outcome, message, doubtful } = await insist(clock, () => ask(serverId, id));
    const said = { intervention, id: String(id), answer: message };
    progress({ kind: "step", text: say("asked", said) });
    if (outcome === "accepted") break;
    const now = await look();
    // It has ended, or another has begun: this one's end is there to be verified.
    if (now?.id !== id || !IN_FLIGHT.has(now.status)) break;
    migration = now;
    if (outcome === "unanswered") throw new OutcomeUnknown(told("intervention-unanswered", said));
    // Nova may say no because it is at it already.
    if (doubtful) break;
    if (!SOON.has(now.status) || clock.now() >= until) {
      const why = { ...said, status: now.status };
      return await declined(serverId, now, ended("intervention-declined", why), context);
    }
    await clock.sleep(1_000);
  }
  const host = migration.destCompute ?? migration.sourceCompute;
  if (host === null) throw new NotFound(told("no-destination-yet", { id: String(id) }));
  return await run(MigrationRequestSchema.parse({ server: serverId, host }), context, migration);
}

/** Its newest live migration. */
async function newest(edge: Edge, serverId: string, intervention: string): Promise<MigrationEntry | undefined> {
  const migrations = await edge.migrations(serverId);
  if (migrations === null) throw new CloudLost(told("migrations-hidden", { server: serverId, intervention }));
  return migrations[0];
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
