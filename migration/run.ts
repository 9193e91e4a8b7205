import { chooseDestination } from "./destination.ts";
import { describeFinding } from "./finding.ts";
import { plan, type Plan } from "./plan.ts";
import type { MigrationRecord } from "./record.ts";
import type { MigrationRequest } from "./request.ts";
import type { RunContext } from "./run-context.ts";
import { Runner } from "./runner.ts";
import type { MigrationEntry } from "./snapshot.ts";

/** Nova may keep the destination of a migration in flight to itself for so long, in milliseconds. */
const DESTINATION_PATIENCE = 60_000;

/**
 * Makes the wish true: inspects, plans, and as the plan says moves, adopts, verifies only, or refuses.
 *
 * @param inFlight A migration that is known to be the one to watch, whatever has become of it since.
 * @throws NotFound, CloudLost, OutcomeUnknown, ServerGone. Everything else that can go wrong is in the record.
 */
export async function run(
  request: MigrationRequest,
  context: RunContext,
  inFlight?: MigrationEntry,
): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const serverId = await context.edge.resolveServer(request.server, "snapshot");
  const scope = { purpose: "plan", host: request.host ?? null } as const;
  let snapshot = await context.edge.snapshot(serverId, scope);
  let decided = plan(request, snapshot);
  const until = context.clock.now() + DESTINATION_PATIENCE;
  while (!inFlight && decided.action === "look-again" && context.clock.now() < until && !context.interrupted.aborted) {
    await context.clock.sleep(1_000, context.interrupted);
    snapshot = await context.edge.snapshot(serverId, scope);
    decided = plan(request, snapshot);
  }
  if (inFlight) {
    const destination = { name: request.host ?? inFlight.destCompute ?? "", host: undefined, why: null };
    decided = { action: "adopt", destination, migration: inFlight, findings: [] };
  }
  for (const found of decided.findings) {
    if (found.severity === "warning") context.progress({ kind: "warning", text: describeFinding(found) });
  }
  const runner = new Runner(request, context, snapshot, decided, startedAt);
  const { record, abort } = await runner.carryOut();
  return abort === null ? record : await abortAndWatch(record, abort, request, context);
}

/** The operator asked for an abort: ask Nova, then see what comes of it. */
async function abortAndWatch(
  soFar: MigrationRecord,
  migration: MigrationEntry,
  request: MigrationRequest,
  context: RunContext,
): Promise<MigrationRecord> {
  const { message } = await context.edge.abort(soFar.server.id, migration.id);
  context.progress({ kind: "step", text: `abort of migration ${migration.id}: ${message}` });
  const wish = { ...request };
  delete wish.zone;
  if (soFar.destination.host !== null) wish.host = soFar.destination.host;
  const patient = { ...context, interrupted: new AbortController().signal };
  const record = await run(wish, patient, migration);
  return { ...record, requestId: soFar.requestId, adopted: soFar.adopted, method: soFar.method };
}

/** Verifies that the server is where it should be, and moves nothing. */
export async function verifyOnly(request: MigrationRequest, context: RunContext): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const serverId = await context.edge.resolveServer(request.server, "snapshot");
  const snapshot = await context.edge.snapshot(serverId, { purpose: "plan", host: request.host ?? null });
  const choice = chooseDestination(request, snapshot);
  const decided: Plan = choice.ok
    ? { action: "nothing", destination: choice.destination, findings: [] }
    : { action: "refuse", destination: undefined, findings: choice.findings };
  const runner = new Runner(request, context, snapshot, decided, startedAt);
  if (choice.ok && snapshot.server.taskState === "migrating") return runner.stillMoving();
  return (await runner.carryOut()).record;
}
