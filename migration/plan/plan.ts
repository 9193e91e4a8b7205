import { coldPlan, isColdMove, mayBeCold } from "./cold-plan.ts";
import { describeColdMethod } from "./cold-method.ts";
import { isResizing } from "../cloud/cold-status.ts";
import { defaultTimeoutSeconds, estimateSeconds } from "./deadline.ts";
import { chooseDestination, type Arrivals, type Destination } from "./destination.ts";
import { mayVanish, migratingElsewhere, migrationInFlight, transientWarning } from "./finding.ts";
import { kindOf } from "../cloud/kind.ts";
import type { Kind } from "../contract/kind.ts";
import { placeOf, currentPlace, runsOn } from "../cloud/places.ts";
import { chooseMethod, describeMethod, methodInputs } from "./zone-pin.ts";
import type { Method } from "../cloud/cloud-api.ts";
import { forceFindings } from "./nova-rules.ts";
import { preflight } from "./preflight.ts";
import { fixOnTarget, isAtRest, MOVABLE } from "./server-state.ts";
import { RECORD_SCHEMA_VERSION, type Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { endedJustNow, newestUnfinished, unfinishedWhileIdle } from "../cloud/migration-status.ts";
import type { PlanDocument } from "../contract/plan-document.ts";

/** What is to be done, with every reason. */
export type Plan =
  /** The server is there; it is verified only. `home`: its own host, which is closed. */
  | { action: "nothing"; destination: Destination; home?: Destination; findings: Finding[] }
  /** It is on its way there; the run watches and verifies. */
  | {
      action: "adopt";
      destination: Destination;
      migration: MigrationEntry;
      /** Absent: live. */
      kind?: "cold";
      findings: Finding[];
    }
  /** It is on its way, and Nova does not show its destination yet; or a migration has just ended and left things behind: poll again. */
  | { action: "look-again"; destination: Destination; findings: Finding[] }
  | {
      action: "migrate";
      destination: Destination;
      method: Method;
      kind: Kind;
      /** Warnings only. */
      findings: Finding[];
      /** Deadline of the move, without time spent queued. */
      timeoutSeconds: number;
      /** A rough duration, for people. */
      estimateSeconds: number;
    }
  /** Nothing is sent. At least one finding is a blocker. */
  | { action: "refuse"; destination: Destination | undefined; findings: Finding[] };

/** What has to be read to plan a request. */
export const planScope = (request: MigrationRequest) =>
  ({ purpose: "plan", host: request.host ?? null, ...(mayBeCold(request) && { cold: true }) }) as const;

/** The whole decision, from one snapshot. Pure: same request and snapshot, same plan. */
export function plan(request: MigrationRequest, snapshot: Snapshot, arrivals?: Arrivals): Plan {
  const choice = chooseDestination(request, snapshot, arrivals);
  if (!choice.ok) return { action: "refuse", destination: undefined, findings: choice.findings };
  const { destination } = choice;
  const { server } = snapshot;

  if (server.taskState === "migrating") return inFlight(newestUnfinished(snapshot), destination);
  const ending = unfinishedWhileIdle(snapshot);
  if (ending.state === "ending") return inFlight(ending.migration, destination);
  const unconfirmed = isResizing(server) && isColdMove(request, server);
  if (server.taskState === null && runsOn(server, destination.name) && !unconfirmed) {
    return { action: "nothing", destination, findings: onTargetFindings(snapshot) };
  }
  if (isColdMove(request, server)) return coldPlan(request, snapshot, destination);

  const { method, findings: pinFindings } = chooseMethod(methodInputs(request, snapshot, destination));
  const findings = [...preflight(request, snapshot, destination), ...pinFindings, ...forceFindings(method, snapshot)];
  if (mayVanish(findings) && endedJustNow(snapshot)) {
    return { action: "look-again", destination, findings };
  }
  if (method === undefined || findings.some(({ severity }) => severity === "blocker")) {
    return { action: "refuse", destination, findings };
  }
  return {
    action: "migrate",
    destination,
    method,
    kind: kindOf(server),
    findings,
    timeoutSeconds: request.timeoutSeconds ?? defaultTimeoutSeconds(server),
    estimateSeconds: estimateSeconds(server),
  };
}

/** What to report about a server that is on the target host already. */
export function onTargetFindings({ server }: Snapshot): Finding[] {
  const { status } = server;
  if (MOVABLE.has(status)) return [];
  const where = { path: "server", value: `status ${status}` };
  return [
    isAtRest(server)
      ? transientWarning("there-but-not-running", {
          ...where,
          problem: `the server is on the target host, but it is ${status}: there is nothing to move, and its guest cannot be checked`,
          fix: fixOnTarget(status),
        })
      : transientWarning("there-but-not-well", {
          ...where,
          problem: `the server is on the target host, but it is ${status}: nothing is moved, and its verification fails`,
          fix: "find out why; `openstack server show` has its fault, if any",
        }),
  ];
}

function inFlight(newest: MigrationEntry | undefined, destination: Destination): Plan {
  // No record yet, or one that has just ended while the task is being cleared, or no destination chosen yet.
  if (!newest || newest.destCompute === null) {
    const findings = [migrationInFlight(newest?.id ?? "(not visible)", newest?.status ?? "migrating")];
    return { action: "look-again", destination, findings };
  }
  if (newest.destCompute === destination.name) {
    return { action: "adopt", destination, migration: newest, findings: [] };
  }
  const findings = [migratingElsewhere(newest.id, newest.destCompute)];
  return { action: "refuse", destination, findings };
}
/** Pure. */
export function planDocument(decided: Plan, snapshot: Snapshot): PlanDocument {
  const move = decided.action === "migrate" ? decided : null;
  return {
    schemaVersion: RECORD_SCHEMA_VERSION,
    action: decided.action,
    server: { id: snapshot.server.id, name: snapshot.server.name },
    source: currentPlace(snapshot),
    destination: placeOf(decided.destination?.name ?? null, snapshot),
    why: decided.destination?.why ?? null,
    method: move ? (move.kind === "cold" ? describeColdMethod(move.method) : describeMethod(move.method)) : null,
    kind: move?.kind ?? (decided.action === "adopt" ? (decided.kind ?? kindOf(snapshot.server)) : null),
    estimateSeconds: move?.estimateSeconds ?? null,
    timeoutSeconds: move?.timeoutSeconds ?? null,
    findings: decided.findings,
  };
}
