import { awayFromHome } from "./away.ts";
import { chooseDestination } from "../plan/destination.ts";
import { isMovingCold } from "../cloud/cold-status.ts";
import { describeFinding } from "../plan/finding.ts";
import { intervene } from "../watch/intervene.ts";
import { plan, planScope, onTargetFindings, type Plan } from "../plan/plan.ts";
import type { MigrationRecord } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { RunContext } from "./run-context.ts";
import { migrateCold } from "./cold/cold-migrator.ts";
import { Migrator } from "./migrator.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";

/** How long to wait for Nova to show the destination of a migration in flight, in milliseconds. */
const DESTINATION_PATIENCE = 60_000;

/**
 * Makes the changes true: inspects, plans, and as the plan says moves, adopts, verifies only, or refuses.
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
  const serverId = await context.cloud.resolveServer(request.server, planScope(request));
  const first = await decide(request, context, serverId, inFlight);
  let carried = await carryOut(request, context, first, startedAt);
  if (carried.busy) {
    // Someone was faster. Nothing of this run has begun, and nothing is sent again; what they began may be just this.
    const again = await decide(request, context, serverId, inFlight);
    // What others have just moved away is not moved back.
    if (again.decided.action !== "migrate") carried = await carryOut(request, context, again, startedAt);
  }
  const { record, abort } = carried;
  return abort === null ? record : await abortAndWatch(record, abort, request, context);
}

interface Decision {
  snapshot: Snapshot;
  decided: Plan;
}

function carryOut(request: MigrationRequest, context: RunContext, { snapshot, decided }: Decision, startedAt: number) {
  for (const found of decided.findings) {
    if (found.severity === "warning") context.progress({ kind: "warning", text: describeFinding(found) });
  }
  if ((decided.action === "migrate" || decided.action === "adopt") && decided.kind === "cold") {
    return migrateCold(request, context, snapshot, decided, startedAt);
  }
  return new Migrator(request, context, snapshot, decided, startedAt).carryOut();
}

/** Polls until Nova shows where a migration in flight goes. */
async function decide(
  request: MigrationRequest,
  { cloud, clock, interrupted, arrivals, previous }: RunContext,
  serverId: string,
  inFlight: MigrationEntry | undefined,
): Promise<Decision> {
  const until = clock.now() + DESTINATION_PATIENCE;
  for (;;) {
    const snapshot = await cloud.snapshot(serverId, planScope(request));
    if (inFlight) {
      const destination = { name: request.host ?? inFlight.destCompute ?? "", host: undefined, why: null };
      return { snapshot, decided: { action: "adopt", destination, migration: inFlight, findings: [] } };
    }
    const decided = plan(request, snapshot, arrivals);
    if (decided.action === "migrate") {
      arrivals?.set(serverId, { host: decided.destination.name, ramMiB: snapshot.server.flavor.ramMiB });
    }
    if (decided.action !== "look-again" || clock.now() >= until || interrupted.aborted) {
      return { snapshot, decided: awayFromHome(request, snapshot, decided, previous) ?? decided };
    }
    await clock.sleep(1_000, interrupted);
  }
}

/** The operator asked for an abort: ask Nova, then see what comes of it. */
async function abortAndWatch(
  soFar: MigrationRecord,
  migration: MigrationEntry,
  request: MigrationRequest,
  context: RunContext,
): Promise<MigrationRecord> {
  await intervene("abort", soFar.server.id, migration, context);
  const again = { ...request };
  delete again.zone;
  if (soFar.destination.host !== null) again.host = soFar.destination.host;
  const patient = { ...context, interrupted: new AbortController().signal };
  const record = await run(again, patient, migration);
  return { ...record, requestId: soFar.requestId, adopted: soFar.adopted, method: soFar.method };
}

/** Verifies that the server is where it should be, and moves nothing. */
export async function verifyOnly(request: MigrationRequest, context: RunContext): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const serverId = await context.cloud.resolveServer(request.server, planScope(request));
  const snapshot = await context.cloud.snapshot(serverId, planScope(request));
  const choice = chooseDestination(request, snapshot);
  const decided: Plan = choice.ok
    ? { action: "nothing", destination: choice.destination, findings: onTargetFindings(snapshot) }
    : { action: "refuse", destination: undefined, findings: choice.findings };
  const runner = new Migrator(request, context, snapshot, decided, startedAt);
  if (choice.ok && snapshot.server.taskState === "migrating")
    return runner.stillMoving("a live migration is under way");
  if (choice.ok && isMovingCold(snapshot.server))
    return runner.stillMoving("a cold migration or a resize is under way");
  return (await runner.carryOut()).record;
}
