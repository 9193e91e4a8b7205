import {
  DRAIN_SCHEMA_VERSION,
  type DrainDocument,
  type DrainedHost,
  type DrainPlanDocument,
  type Move,
  type PlanChange,
  type Stay,
  type Target,
} from "../contract/drain.ts";
import { EXIT_CLOUD, EXIT_CODES, type Finding } from "../contract/record.ts";
import { worstOf } from "../contract/several-servers.ts";
import { leftClosed } from "./close-hosts.ts";
import { leaves, type DrainOptions } from "./drain-options.ts";
import type { DrainPlan } from "./plan/drain-plan.ts";

export interface DrainEnd {
  hosts: DrainedHost[];
  moves: Move[];
  stays: readonly Stay[];
  findings: readonly Finding[];
  targets: readonly Target[];
  /** Undefined: nothing was reviewed. */
  changes?: readonly PlanChange[] | undefined;
  stopped: string | null;
  /** The cloud did not answer, or refused. */
  lost: boolean;
  /** Nothing was changed. */
  refused: boolean;
  interrupted: boolean;
  startedAt: number;
  finishedAt: number;
  requests: number;
}

/** Pure. */
export function drainDocument(end: DrainEnd): DrainDocument {
  const totalSeconds = (end.finishedAt - end.startedAt) / 1000;
  const downtimes = end.moves.flatMap(({ record }) => record?.downtime?.milliseconds ?? []);
  return {
    schemaVersion: DRAIN_SCHEMA_VERSION,
    summary: summarise(end, totalSeconds),
    exitCode: exitCodeOf(end),
    hosts: end.hosts,
    moves: end.moves,
    stopped: end.stopped,
    stays: [...end.stays],
    targets: [...end.targets],
    ...(end.changes && { changes: [...end.changes] }),
    findings: [...end.findings],
    longestDowntimeMilliseconds: downtimes.length > 0 ? Math.max(...downtimes) : null,
    timings: {
      startedAt: new Date(end.startedAt).toISOString(),
      finishedAt: new Date(end.finishedAt).toISOString(),
      totalSeconds,
    },
    requests: { total: end.requests },
  };
}

/** Of each server the last move counts: it may have been refused by one target and taken by another. */
function exitCodeOf({ hosts, moves, lost, refused, interrupted }: DrainEnd): number {
  if (refused) return EXIT_CODES.refused;
  const last = new Map(moves.map((move) => [move.server.id, move]));
  // Refusals and servers that are gone show in the hosts.
  const ofMoves = [...last.values()].map(({ exitCode }) => exitCode).filter((code) => code > EXIT_CODES.refused);
  const ofHosts = hosts.map(({ state, checks }) => {
    if (state === "empty") return 0;
    if (state === "unproven" || (interrupted && (state === "draining" || !checked(checks))))
      return EXIT_CODES["still-running"];
    return EXIT_CODES["needs-attention"];
  });
  return worstOf([...ofMoves, ...ofHosts, ...(lost ? [EXIT_CLOUD] : [])]);
}

/** Whether the end of a drain looked at a host: one that was interrupted before it changed anything did not. */
const checked = (checks: DrainedHost["checks"]): boolean => checks.length > 0;

const MOST_NAMES = 10;

function summarise({ hosts, moves, stopped, refused, stays }: DrainEnd, totalSeconds: number): string {
  if (refused) {
    const names = stays.filter(({ why }) => why !== "left").map(({ server }) => server.name);
    const which = names.length > 0 ? `, cannot be moved: ${listed(names)}` : "";
    return `refused before anything was changed: ${hosts.map(({ host }) => host).join(", ")}${which}`;
  }
  const moved = new Set(moves.filter(({ exitCode }) => exitCode === 0).map(({ server }) => server.id)).size;
  const of = (state: DrainedHost["state"]) => hosts.filter((host) => host.state === state);
  const parts: string[] = [];
  const empty = of("empty");
  if (empty.length > 0) parts.push(`${names(empty)} ${empty.length === 1 ? "is" : "are"} empty`);
  for (const { host, leftovers } of of("draining").filter(({ checks }) => checked(checks))) {
    const asked = leftovers.filter(({ asRequested }) => asRequested).length;
    const left = `${leftovers.length} left${asked > 0 ? `, ${asked} of them as requested` : ""}`;
    parts.push(`${host} is NOT empty: ${left}`);
  }
  for (const { host, checks } of of("unproven")) {
    const open = checks
      .filter(({ outcome }) => outcome !== "passed")
      .map(({ check, reason }) => `${check} (${reason ?? ""})`);
    parts.push(`${host} is NOT proven empty: ${open.join(", ")}`);
  }
  for (const { host } of of("open").filter(({ checks }) => checked(checks)))
    parts.push(`${host} is NOT empty: it is enabled, and takes new servers`);
  parts.push(`${moved} ${moved === 1 ? "server" : "servers"} moved in ${totalSeconds.toFixed(1)} s`);
  if (stopped !== null) parts.push(`stopped: ${stopped}`);
  const ours = hosts.filter((host) => host.disabledBy === "this-program");
  if (ours.length > 0) parts.push(leftClosed(ours.map(({ host }) => host)));
  const others = hosts.filter((host) => host.disabledBy === "others");
  if (others.length > 0) parts.push(`${names(others)}: disabled by others, and stays so`);
  return parts.join("; ");
}

const names = (hosts: readonly { host: string }[]) => hosts.map(({ host }) => host).join(", ");

const listed = (all: readonly string[]) =>
  all.length > MOST_NAMES
    ? `${all.slice(0, MOST_NAMES).join(", ")}, and ${all.length - MOST_NAMES} more`
    : all.join(", ");

/** Pure. */
export function drainPlanDocument(
  plan: DrainPlan,
  findings: readonly Finding[],
  options: Pick<DrainOptions, "hosts" | "notMovable" | "notMovableServers" | "parallel" | "review">,
  changes: readonly PlanChange[] = [],
): DrainPlanDocument {
  const { hosts, parallel } = options;
  const unmovable = plan.stays.filter(({ why }) => why === "not-movable");
  const unreviewed = plan.stays.filter(({ why }) => why === "unreviewed");
  const stops = plan.moves.filter((move) => move.stops === true);
  const blocked = findings.some(({ severity }) => severity === "blocker");
  const refused = blocked || plan.stays.some((stay) => !leaves(stay, options));
  const seconds = [...Map.groupBy(plan.moves, ({ from }) => from).values()].map(
    (moves) => moves.reduce((sum, { estimateSeconds }) => sum + (estimateSeconds ?? 0), 0) / parallel,
  );
  const estimateSeconds = Math.ceil(Math.max(0, ...seconds));
  const left = plan.stays.filter(({ why }) => why === "left").length;
  const parts = [
    `${plan.moves.length} ${plan.moves.length === 1 ? "server" : "servers"} to move, about ${estimateSeconds} s`,
    ...(stops.length > 0
      ? [`${stops.length} of them stopped for it: ${listed(stops.map(({ server }) => server.name))}`]
      : []),
    ...(unreviewed.length > 0 ? [`${unreviewed.length} not reviewed`] : []),
    ...(changes.length > 0 ? [`${changes.length} changed since the review`] : []),
    ...(left > 0 ? [`${left} shut off and left as requested`] : []),
    ...(unmovable.length > 0 ? [`${unmovable.length} cannot be moved`] : []),
    ...(refused ? ["a drain would be refused"] : []),
  ];
  return {
    schemaVersion: DRAIN_SCHEMA_VERSION,
    summary: `${hosts.join(", ")}: ${parts.join("; ")}`,
    exitCode: refused ? EXIT_CODES.refused : 0,
    hosts: [...hosts],
    moves: plan.moves,
    stays: plan.stays,
    targets: plan.targets,
    findings: [...findings],
    estimateSeconds,
    ...(options.review && { changes: [...changes] }),
  };
}
