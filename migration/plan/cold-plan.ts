import { isResizing, isYetToShow, newestCold, UNCONFIRMED } from "../cloud/cold-status.ts";
import { endedJustNow } from "../cloud/migration-status.ts";
import type { Method } from "../cloud/cloud-api.ts";
import type { MigrationEntry, ServerFacts, Snapshot } from "../cloud/snapshot.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import { chooseColdMethod } from "./cold-method.ts";
import { beingReverted, coldPreflight, isResize, unconfirmedElsewhere } from "./cold-rules.ts";
import { coldEstimateSeconds, coldTimeoutSeconds } from "./deadline.ts";
import type { Destination } from "./destination.ts";
import { mayVanish, migratingElsewhere, migrationInFlight, noMigrationRights } from "./finding.ts";
import { methodInputs } from "./zone-pin.ts";

/** What is to be done: one of `Plan`. */
type ColdPlan = { destination: Destination; findings: Finding[] } & (
  | { action: "adopt"; migration: MigrationEntry; kind: "cold" }
  | { action: "migrate"; method: Method; kind: "cold"; timeoutSeconds: number; estimateSeconds: number }
  | { action: "look-again" | "refuse" }
);

/**
 * Whether a request moves the server cold: as requested, or because it is shut off and the request has `stopped: cold`,
 * which holds for what such a move has become in the meantime, too. Pure.
 */
export function isColdMove(
  { cold, stopped }: Pick<MigrationRequest, "cold" | "stopped">,
  server: Pick<ServerFacts, "status" | "taskState" | "vmState" | "running">,
): boolean {
  if (cold === true) return true;
  if (stopped !== "cold") return false;
  return (
    server.status === "SHUTOFF" || (isResizing(server) && (server.vmState === "stopped" || server.running === false))
  );
}

/** Whether a plan of a request looks at cold migrations. Pure. */
export const mayBeCold = ({ cold, stopped }: Pick<MigrationRequest, "cold" | "stopped">): boolean =>
  cold === true || stopped === "cold";

/** The plan for a cold move of a server that is not, as it should be, on the destination and at rest. Pure. */
export function coldPlan(request: MigrationRequest, snapshot: Snapshot, destination: Destination): ColdPlan {
  const { server } = snapshot;
  if (isResizing(server)) return underWay(snapshot, destination);
  const { method, findings: pinFindings } = chooseColdMethod(methodInputs(request, snapshot, destination));
  const findings = [...coldPreflight(request, snapshot, destination), ...pinFindings];
  if (mayVanish(findings) && endedJustNow(snapshot)) return { action: "look-again", destination, findings };
  if (method === undefined || findings.some(({ severity }) => severity === "blocker")) {
    return { action: "refuse", destination, findings };
  }
  return {
    action: "migrate",
    destination,
    method,
    kind: "cold",
    findings,
    timeoutSeconds: request.timeoutSeconds ?? coldTimeoutSeconds(server),
    estimateSeconds: coldEstimateSeconds(server),
  };
}

/** A cold migration or a resize is under way, or waits to be confirmed. */
function underWay(snapshot: Snapshot, destination: Destination): ColdPlan {
  const { server, moves } = snapshot;
  const refuse = (found: Finding): ColdPlan => ({ action: "refuse", destination, findings: [found] });
  if (moves?.known === false) return refuse(noMigrationRights(moves.reason));
  const newest = moves?.value[0];
  const cold = newestCold(snapshot);
  const waits = server.status === UNCONFIRMED && server.taskState === null;
  if (cold === undefined || cold.destCompute === null || isYetToShow(snapshot)) {
    if (newest?.type === "resize" || (waits && newest !== undefined && cold === undefined))
      return refuse(isResize(newest));
    // Nova lists it a moment after it has set the task, and names its destination later.
    const findings = [
      migrationInFlight(cold?.id ?? "(not visible)", cold?.status ?? server.taskState ?? server.status),
    ];
    return { action: "look-again", destination, findings };
  }
  if (server.taskState === "resize_reverting" || cold.status === "reverting") return refuse(beingReverted(cold));
  if (cold.destCompute !== destination.name) {
    return refuse(
      waits ? unconfirmedElsewhere(cold, cold.destCompute) : migratingElsewhere(cold.id, cold.destCompute, true),
    );
  }
  return { action: "adopt", destination, migration: cold, kind: "cold", findings: [] };
}
