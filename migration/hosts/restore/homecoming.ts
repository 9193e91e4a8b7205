import { COLD_TYPE } from "../../cloud/cold-status.ts";
import type { ServerFacts } from "../../cloud/snapshot.ts";
import type { HostMigration } from "../hosts-cloud.ts";

/** Types of the moves of a drain. A resize or an evacuation is somebody else's. */
const MOVES: ReadonlySet<string> = new Set(["live-migration", COLD_TYPE]);
/** Statuses of a move that has brought its server to its destination. */
const ARRIVED: ReadonlySet<string> = new Set(["completed", "done", "confirmed", "finished"]);

/** A server that was moved off a host during its maintenance. */
export interface Away {
  id: string;
  name: string;
  /** Where it is now. */
  host: string;
  ramMiB: number;
}

/** Why a server is not brought home. */
export interface StaysAway {
  server: { id: string; name: string };
  why: string;
}

/** When a maintenance began. */
export interface Began {
  /** ISO 8601. */
  since: string;
  /** Id of the newest migration before it, 0: there was none; null: only the time is known. */
  after: number | null;
}

/**
 * Servers that left a host after its maintenance began, by Nova's records, with the record, the oldest first. Pure.
 *
 * @param began by its migration where that is known: clocks of different machines differ
 */
export function movedAway(
  host: string,
  { since: time, after }: Began,
  migrations: readonly HostMigration[],
): Map<string, HostMigration> {
  const away = new Map<string, HostMigration>();
  const isLater = ({ id, createdAt }: HostMigration) =>
    after !== null ? id > after : Date.parse(createdAt ?? "") >= Date.parse(time);
  const since = migrations
    .filter((one) => isLater(one) && one.sourceCompute === host && MOVES.has(one.type ?? ""))
    .filter(({ status }) => ARRIVED.has(status))
    .toSorted((a, b) => a.id - b.id);
  // Of several, the last: it may have been back in between.
  for (const migration of since) if (migration.serverId !== null) away.set(migration.serverId, migration);
  return away;
}

/**
 * Who comes home. A server that is no longer where the maintenance brought it was moved on by somebody, who had a reason:
 * it stays. Pure.
 */
export function homecoming(
  home: string,
  away: ReadonlyMap<string, HostMigration>,
  servers: ReadonlyMap<string, ServerFacts | "gone">,
): { home: Away[]; stays: StaysAway[] } {
  const found: Away[] = [];
  const stays: StaysAway[] = [];
  for (const [id, { destCompute }] of away) {
    const server = servers.get(id);
    if (server === "gone") continue;
    if (server === undefined) {
      stays.push({ server: { id, name: id }, why: "Nova does not show it now" });
      continue;
    }
    const { name, host, taskState } = server;
    // Also on its way there: a run adopts it.
    if (host === home) continue;
    if (host !== destCompute && taskState === null) {
      stays.push({ server: { id, name }, why: `somebody moved it on to ${host ?? "no host"} since` });
    } else if (host !== null) {
      found.push({ id, name, host, ramMiB: server.flavor.ramMiB });
    } else {
      stays.push({ server: { id, name }, why: "it is on no host now" });
    }
  }
  return { home: found.toSorted((a, b) => b.ramMiB - a.ramMiB || (a.id < b.id ? -1 : 1)), stays };
}
