import { atLeast } from "../../openstack/http/microversion.ts";
import { COLD_IN_FLIGHT, newestCold } from "../cloud/cold-status.ts";
import { isStale } from "../cloud/migration-status.ts";
import type { Snapshot } from "../cloud/snapshot.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { Destination } from "./destination.ts";
import {
  blocker,
  isUnclean,
  noMigrationRights,
  serverBusy,
  transientBlocker,
  transientWarning,
  warning,
} from "./finding.ts";
import { novaRuleFindings } from "./nova-rules.ts";
import { bindingFindings, capacityFindings, hostFindings, maintenanceFindings } from "./preflight.ts";
import { groupFindings } from "./server-group-rules.ts";
import { diskFindings, hostBoundFindings, leftoverFindings, lockFindings } from "./server-rules.ts";
import { fixToMove } from "./server-state.ts";
import { volumeFindings } from "./volume-rules.ts";

/** Statuses in which Nova migrates a server cold (nova/compute/api.py resize, check_instance_state at 33.0.2). */
export const MOVABLE_COLD = new Set(["ACTIVE", "SHUTOFF"]);

/** Nova refuses these for a cold migration as for a live one (the decorators of nova/compute/api.py resize at 33.0.2). */
const ALSO_COLD = new Set(["live-accelerator", "live-share"]);

/**
 * Everything that stops a cold migration, and all that its operator should know, at once. Pure. The pin is judged in
 * {@link ./cold-method.ts}.
 */
export function coldPreflight(request: MigrationRequest, snapshot: Snapshot, destination: Destination): Finding[] {
  const findings = [
    ...serverFindings(snapshot),
    ...[...novaRuleFindings(snapshot)].filter(({ code }) => ALSO_COLD.has(code)),
    ...hostFindings(snapshot, destination, true),
    ...maintenanceFindings(request, destination),
    ...capacityFindings(snapshot, destination),
    ...groupFindings(snapshot, destination.name),
    ...bindingFindings(snapshot, destination),
    ...volumeFindings(request, snapshot),
  ];
  return isUnclean(findings) ? findings.filter(({ code }) => code !== "leftover-binding") : findings;
}

function* serverFindings(snapshot: Snapshot): Generator<Finding> {
  const { server, microversions, moves } = snapshot;
  const { status, taskState, fault } = server;
  if (!atLeast(microversions.max, "2.56")) {
    yield blocker("nova-too-old", {
      path: "cloud",
      value: `compute ${microversions.max}`,
      problem: "from 2.56 on a cold migration may name its host; this cloud's API ends before",
      fix: "Nova Queens (2018) or newer is needed; tested from Zed (2.93) on",
    });
  }
  if (moves?.known === false) yield noMigrationRights(moves.reason);
  if (taskState !== null) yield serverBusy(taskState);
  else if (!MOVABLE_COLD.has(status)) {
    yield blocker("server-state", {
      path: "server",
      value: `status ${status}, vm_state ${server.vmState ?? "not visible"}`,
      problem: `Nova migrates servers cold that are ACTIVE or SHUTOFF; this one is ${status}${fault ? ` (${fault})` : ""}`,
      fix: status === "PAUSED" ? "unpause it, or leave `--cold` out: it can move live" : fixToMove(status),
    });
  } else if (status === "ACTIVE") {
    yield transientWarning("guest-stops", {
      path: "cold",
      value: "ACTIVE",
      problem: "the guest is shut down for the move, and started on its destination",
      fix: "leave `--cold` (in a program, `kind: cold`) out to move it live",
    });
  }
  yield* lockFindings(server);
  yield* diskFindings(
    server,
    "Unless its hosts share the storage of instances, Nova copies it over ssh between them",
    "the user that runs nova-compute needs ssh from host to host (the report has Nova's reason if it fails)",
  );
  yield* hostBoundFindings(server);
  yield* leftoverFindings(snapshot);
  yield* staleColdFindings(snapshot);
}

/** Left by a service that died: nova-compute that starts again resets the server's task, and not the record. */
function* staleColdFindings(snapshot: Snapshot): Generator<Finding> {
  const cold = newestCold(snapshot);
  if (cold === undefined || !COLD_IN_FLIGHT.has(cold.status) || snapshot.server.taskState !== null) return;
  if (!isStale(cold, snapshot.takenAt)) return;
  yield warning("migration-stale", {
    path: "server",
    value: `migration ${cold.id} is ${cold.status}`,
    problem:
      "an old cold migration of this server never ended in Nova's records, though the server is idle: a service died then, and Placement may still hold the server's share of its source",
    fix: `\`openstack resource provider allocation show ${cold.uuid ?? "UUID"}\` shows it`,
  });
}

/** Its migration is of another type: Nova keeps cold migrations and resizes in the same states. */
export const isResize = (migration: { id: number; type?: string }): Finding =>
  blocker("resized", {
    path: "server",
    value: `migration ${migration.id} is a ${migration.type ?? "migration of unknown type"}`,
    problem:
      "the server is being resized, or waits for its resize to be confirmed: that is not this program's to decide",
    fix: "whoever resized it confirms or reverts it (`openstack server resize confirm`, or `revert`); then run this again",
  });

export const unconfirmedElsewhere = (migration: { id: number; sourceCompute: string | null }, host: string): Finding =>
  blocker("unconfirmed-elsewhere", {
    path: "host",
    value: `migration ${migration.id} to ${host} is not confirmed`,
    problem: `a cold migration has brought the server to ${host}, and nobody has confirmed it`,
    fix: `\`live-migrate confirm\` keeps it on ${host}, \`live-migrate revert\` takes it back to ${migration.sourceCompute ?? "its source"}; then run this again`,
  });

export const beingReverted = (migration: { id: number }): Finding =>
  transientBlocker("being-reverted", {
    path: "server",
    value: `migration ${migration.id} is being reverted`,
    problem: "someone reverts the server's cold migration or resize: it goes back to its source",
    fix: "wait until it has ended, and ask who reverts it and why; then run this again",
  });
