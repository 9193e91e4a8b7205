import type { Resources } from "../../../openstack/placement/placement.ts";
import { isResizing, newestCold } from "../../cloud/cold-status.ts";
import { flavorResources } from "../../cloud/flavor-resources.ts";
import { kindOf } from "../../cloud/kind.ts";
import { newestUnfinished } from "../../cloud/migration-status.ts";
import { known, type Known, type Snapshot } from "../../cloud/snapshot.ts";
import type { DrainMove, Stay, Target } from "../../contract/drain.ts";
import type { Finding } from "../../contract/record.ts";
import { MigrationRequestSchema, type MigrationRequest } from "../../contract/request.ts";
import { blocker, transientBlocker, warning } from "../../plan/finding.ts";
import { plan, type Plan } from "../../plan/plan.ts";
import { notMovableOf, type DrainOptions } from "../drain-options.ts";
import type { HostService, RoomOf } from "../hosts-cloud.ts";
import { Ledger } from "./ledger.ts";
import { candidatesFor, compare, openTargets, targetFindings, withMoved } from "./targets.ts";

/** A server that has to leave. */
export interface DrainServer {
  /** The host that is emptied: of a cold migration that waits for its confirmation, where it came from. */
  from: string;
  snapshot: Snapshot;
  /** What it holds of the host's provider; null: Placement does not say. */
  need: Resources | null;
}

export interface PlanInput {
  hosts: readonly HostService[];
  servers: readonly DrainServer[];
  room: Known<Map<string, RoomOf>>;
  /** Pairs of server and host, as `SERVER HOST`, that were refused before. */
  excluded?: ReadonlySet<string>;
}

export interface DrainPlan {
  /** Adopted ones, then the largest first. */
  moves: DrainMove[];
  stays: Stay[];
  targets: Target[];
  findings: Finding[];
}

/** What findings about a target are about: another one may be without. A pin is of the server, but only some zones mind. */
const OF_TARGET: ReadonlySet<string> = new Set(["host", "azPin"]);

/** The request of a move. Pure. @param stops its guest is stopped for it */
export const requestOf = (
  server: string,
  host: string,
  { stopped, guest }: Pick<DrainOptions, "stopped" | "guest">,
  stops = false,
): MigrationRequest =>
  MigrationRequestSchema.parse({
    server,
    host,
    guest,
    ...(stops ? { cold: true } : { stopped: stopped === "cold" ? "cold" : "refuse" }),
  });

/**
 * Plans all servers of the hosts together. The largest are placed first, each where the scarcest resource is least used
 * then; every choice is judged by the plan of a single move. Pure: the same cloud, in whatever order it is listed, gives
 * the same plan.
 */
export function planDrain(input: PlanInput, options: DrainOptions): DrainPlan {
  const findings = [...targetFindings(input.hosts, options)];
  const ledger = new Ledger(input.room, options.fillTo);
  const targets = openTargets(input.hosts, options);
  if (ledger.hidden !== undefined) findings.push(roomHidden(ledger.hidden));
  findings.push(...unknownServers(input, options));
  const moves: DrainMove[] = [];
  const stays: Stay[] = [];
  const places = new Map<string, string>();
  const ordered = input.servers.toSorted(
    (a, b) =>
      b.snapshot.server.flavor.ramMiB - a.snapshot.server.flavor.ramMiB ||
      compare(a.snapshot.server.id, b.snapshot.server.id),
  );
  const underWay = ordered.filter(({ snapshot }) => headingFor(snapshot) !== undefined);
  for (const server of [...underWay, ...ordered.filter((one) => !underWay.includes(one))]) {
    const placed = place(server, { ...input, targets, ledger, places }, options);
    if ("to" in placed) {
      moves.push(placed);
      places.set(placed.server.id, placed.to);
    } else stays.push(placed);
  }
  const used = new Set(moves.map(({ to }) => to));
  const shown = targets.filter(({ host }) => used.has(host)).map((host) => ledger.target(host));
  return { moves, stays, targets: shown, findings };
}

interface Context extends PlanInput {
  targets: readonly HostService[];
  ledger: Ledger;
  places: ReadonlyMap<string, string>;
}

function place(one: DrainServer, context: Context, options: DrainOptions): DrainMove | Stay {
  const { from, snapshot } = one;
  const { server } = snapshot;
  const stay = (why: Stay["why"], findings: Finding[]): Stay => ({
    server: { id: server.id, name: server.name },
    host: from,
    status: server.status,
    why,
    findings,
  });
  if (options.stopped === "leave" && server.status === "SHUTOFF" && server.taskState === null) return stay("left", []);
  const source = context.hosts.find(({ host }) => host === from);
  if (source === undefined) return stay("not-movable", [noSource(from)]);
  const moving = headingFor(snapshot);
  if (moving !== undefined) return adopt(one, moving, options) ?? stay("not-movable", [headsOntoDrained(moving)]);

  const need = needOf(one);
  const moved = { ...snapshot, groups: withMoved(snapshot.groups, context.places) };
  const { best, full, otherZones } = candidatesFor(moved, source, need, { ...context, options });
  const open = best.filter(({ host }) => context.excluded?.has(`${server.id} ${host}`) !== true);
  const live = firstOf(open, false);
  if (live.move) return live.move;
  // Only where no target takes it live.
  const cold = live.refused !== undefined && mayBeStopped(server, options) ? firstOf(open, true) : undefined;
  if (cold?.move) return withReason(cold.move, live.refused ?? []);
  if (live.refused !== undefined) return stay("not-movable", live.refused);
  const zone = options.toZone ?? server.availabilityZone ?? "(none)";
  return stay("not-movable", [noTarget(zone, { full, otherZones, excluded: best.length - open.length })]);

  /** The first target that takes it, or what the first one says against it. */
  function firstOf(candidates: readonly HostService[], stops: boolean): { move?: DrainMove; refused?: Finding[] } {
    let refused: Finding[] | undefined;
    for (const target of candidates) {
      // The ledger has judged capacity, for this server and all others together.
      const { hypervisor } = target;
      const judged = context.ledger.hidden === undefined && hypervisor !== null;
      const fitting = judged ? known([hypervisor.id]) : moved.fitting;
      const decided = plan(requestOf(server.id, target.host, options, stops), { ...moved, fitting });
      if (decided.action === "migrate") {
        context.ledger.take(target, need);
        return { move: moveOf(one, target.host, decided, stops) };
      }
      const blockers = decided.findings.filter(({ severity }) => severity === "blocker");
      refused ??= blockers;
      // What is the matter with the server itself is so for every host.
      if (blockers.some(({ path }) => !OF_TARGET.has(path))) return { refused: blockers };
    }
    return refused === undefined ? {} : { refused };
  }
}

/** Where a migration under way takes the server; undefined: none is, or Nova does not say yet. */
function headingFor(snapshot: Snapshot): string | undefined {
  const { server } = snapshot;
  const migration =
    server.taskState === "migrating"
      ? newestUnfinished(snapshot)
      : isResizing(server)
        ? newestCold(snapshot)
        : undefined;
  return migration?.destCompute ?? undefined;
}

/** Null: not to be adopted, or not as it is asked for. */
function adopt(one: DrainServer, to: string, options: DrainOptions): DrainMove | null {
  if (options.hosts.includes(to) || options.avoid?.includes(to) === true) return null;
  const { server } = one.snapshot;
  const decided = plan(requestOf(server.id, to, options), one.snapshot);
  if (decided.action === "adopt") return moveOf(one, to, decided);
  // A running server that was stopped for its move, before this drain was interrupted.
  if (notMovableOf(options, server.id) !== "stop" || !isResizing(server)) return null;
  const cold = plan(requestOf(server.id, to, options, true), one.snapshot);
  return cold.action === "adopt" ? moveOf(one, to, cold, true) : null;
}

/** Whether a server that cannot be moved live is to be stopped for its move. Others than those that run cannot. */
const mayBeStopped = ({ id, status, taskState }: Snapshot["server"], options: DrainOptions): boolean =>
  status === "ACTIVE" && taskState === null && notMovableOf(options, id) === "stop";

/** A move for which the guest is stopped, with the reason. */
const withReason = (move: DrainMove, live: readonly Finding[]): DrainMove => ({
  ...move,
  findings: move.findings.map((found) => (found.code === "guest-stops" ? stopsBecause(found, live) : found)),
});

const stopsBecause = (found: Finding, why: readonly Finding[]): Finding => ({
  ...found,
  problem: `${found.problem}; live it cannot move: ${why.map(({ problem }) => problem).join("; ")}`,
  fix: "choose `--not-movable-server ID=leave` to leave it running where it is",
});

function moveOf({ from, snapshot: { server } }: DrainServer, to: string, decided: Plan, stops = false): DrainMove {
  const adopting = decided.action === "adopt";
  return {
    server: { id: server.id, name: server.name },
    from,
    to,
    kind: (decided.action === "migrate" || adopting ? decided.kind : undefined) ?? kindOf(server),
    adopt: adopting,
    ...(stops && { stops }),
    ramMiB: server.flavor.ramMiB,
    estimateSeconds: decided.action === "migrate" ? decided.estimateSeconds : null,
    findings: decided.findings,
  };
}

/** What it takes of its target: what it holds now, or else what its flavor says. Pure. */
function needOf({ need, snapshot: { server } }: DrainServer): Resources {
  if (need !== null && Object.keys(need).length > 0) return need;
  const { flavor, image } = server;
  const asked = flavorResources(flavor, image);
  return asked.known ? asked.value : { VCPU: flavor.vcpus, MEMORY_MB: flavor.ramMiB };
}

/** Policies for servers that are not there. */
function unknownServers({ servers }: PlanInput, { notMovableServers = {} }: DrainOptions): Finding[] {
  return Object.keys(notMovableServers)
    .filter((id) => !servers.some(({ snapshot }) => snapshot.server.id === id))
    .map((id) =>
      warning("server-not-there", {
        path: "--not-movable-server",
        value: id,
        problem: "none of these hosts has a server of this id: it has moved, or is deleted, or the id is wrong",
        fix: "compare it with the ids that `--plan --json` lists",
      }),
    );
}

const noSource = (host: string) =>
  blocker("source-unknown", {
    path: "HOST",
    value: host,
    problem: `no nova-compute service has the host ${host}`,
    fix: "see `openstack compute service list`",
  });

const headsOntoDrained = (host: string) =>
  transientBlocker("under-way", {
    path: "server",
    value: `on its way to ${host}`,
    problem: `a migration or a resize of the server to ${host} is under way, or waits to be confirmed, and it is not this drain's to end`,
    fix: "whoever began it ends it (`live-migrate status` shows it); then run this again",
  });

const roomHidden = (reason: string) =>
  warning("room-not-checked", {
    path: "cloud",
    value: reason,
    problem: "whether the targets have room for all of these servers together was not checked",
    fix: "use an account that may read Placement; each server is checked again before it is moved",
  });

function noTarget(
  zone: string,
  { full, otherZones, excluded }: { full: string[]; otherZones: string[]; excluded: number },
): Finding {
  const elsewhere =
    otherZones.length > 0 ? `; or allow hosts of other zones with \`--to-other-zones\`: ${otherZones.join(", ")}` : "";
  const parts = [
    ...(full.length > 0 ? [`no room: ${full.join("; ")}`] : []),
    ...(excluded > 0 ? [`${excluded} hosts refused it before in this run`] : []),
  ];
  return transientBlocker("no-target", {
    path: "host",
    value: parts.length > 0 ? parts.join("; ") : `no open host in zone ${zone}`,
    problem: `no host that is open and not drained itself can take the server beside the others`,
    fix: `free resources on a host of zone ${zone}, or open another one${elsewhere}`,
  });
}
