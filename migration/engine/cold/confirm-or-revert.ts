import type { SnapshotScope } from "../../cloud/cloud-api.ts";
import { isResizing, isYetToShow, newestCold } from "../../cloud/cold-status.ts";
import { runsOn } from "../../cloud/places.ts";
import { CloudLost, NotFound } from "../../contract/failure.ts";
import type { MigrationRecord } from "../../contract/record.ts";
import type { MigrationRequest } from "../../contract/request.ts";
import { message } from "../../message.ts";
import { beingReverted, isResize } from "../../plan/cold-rules.ts";
import { planScope, type Plan } from "../../plan/plan.ts";
import { Migrator } from "../migrator.ts";
import { verifyOnly } from "../run.ts";
import type { RunContext } from "../run-context.ts";
import { migrateCold } from "./cold-migrator.ts";
import type { ColdPlan } from "./cold-run.ts";

/** How long Nova may take to choose the destination of what is under way, in milliseconds. */
const DESTINATION_PATIENCE = 60_000;

/**
 * Confirms or reverts the cold migration of a server, with the same checks as a run: nothing is confirmed that is not
 * verified. Decided already, by whomever: the server is verified where it is.
 *
 * @param wanted what a run would be asked for; its host counts for nothing
 * @throws NotFound if there is nothing to decide, CloudLost if this user may not see what there is
 */
export async function decideCold(
  decision: "confirm" | "revert",
  wanted: MigrationRequest,
  context: RunContext,
): Promise<MigrationRecord> {
  const startedAt = context.clock.now();
  const request = { ...wanted, cold: true };
  const scope = { ...planScope(request), host: null };
  const serverId = await context.cloud.resolveServer(request.server, scope);
  const snapshot = await chosen(context, serverId, scope);
  const { server, moves } = snapshot;
  if (moves?.known === false) {
    throw new CloudLost(
      message(
        `this user may not see the migrations of server ${serverId}: the one to ${decision} is not known`,
        "use an account that may (Nova's policy os_compute_api:os-migrations:index; docs/accounts.md)",
      ),
    );
  }
  const newest = newestCold(snapshot);
  if (isYetToShow(snapshot)) {
    throw new NotFound(
      message(
        `the cold migration of ${request.server} is not listed with its destination yet`,
        "try again in a moment",
      ),
    );
  }
  const destination = { name: newest?.destCompute ?? server.host ?? "", host: undefined, why: null };
  const at = { ...request, host: destination.name };
  if (isResizing(server)) {
    const [resize] = moves?.value ?? [];
    const reverted = server.taskState === "resize_reverting" || newest?.status === "reverting";
    if (newest && (!reverted || decision === "revert")) {
      const adopted: ColdPlan = { action: "adopt", destination, migration: newest, kind: "cold", findings: [] };
      return (await migrateCold(at, context, snapshot, adopted, startedAt, decision)).record;
    }
    if (newest ?? resize) {
      const found = newest ? beingReverted(newest) : isResize(resize ?? { id: 0 });
      const refused: Plan = { action: "refuse", destination, findings: [found] };
      return (await new Migrator(at, context, snapshot, refused, startedAt).carryOut()).record;
    }
  }
  const source = newest?.sourceCompute ?? "";
  if (decision === "confirm" && newest?.status === "confirmed" && runsOn(server, destination.name)) {
    return await verifyOnly(at, context);
  }
  if (decision === "revert" && newest?.status === "reverted" && runsOn(server, source)) {
    return await verifyOnly({ ...request, host: source }, context);
  }
  const last = newest
    ? `; the last one (${newest.id}, ${source} → ${newest.destCompute ?? "?"}) is ${newest.status}`
    : "";
  throw new NotFound(
    message(
      `no cold migration of ${request.server} waits for a decision: there is nothing to ${decision}${last}`,
      "`live-migrate status` shows where it is",
    ),
  );
}

/** Everything about the server, as soon as Nova has chosen where its migration goes. */
async function chosen({ cloud, clock, interrupted }: RunContext, serverId: string, scope: SnapshotScope) {
  const until = clock.now() + DESTINATION_PATIENCE;
  for (;;) {
    const snapshot = await cloud.snapshot(serverId, scope);
    if (!isYetToShow(snapshot) || clock.now() >= until || interrupted.aborted) return snapshot;
    await clock.sleep(1_000, interrupted);
  }
}
