import { IN_FLIGHT, isStale } from "../cloud/migration-status.ts";
import { COLD_ENDING, COLD_IN_FLIGHT, UNCONFIRMED } from "../cloud/cold-status.ts";
import type { ServerFacts } from "../cloud/snapshot.ts";
import type { HostMigration } from "./hosts-cloud.ts";

/** Whether Nova has not done with a migration, by its record alone. Pure. */
export const isUnfinished = ({ status }: Pick<HostMigration, "status">): boolean =>
  IN_FLIGHT.has(status) || COLD_IN_FLIGHT.has(status) || COLD_ENDING.has(status);

/** Whether a record waits for someone to confirm or revert it, if its server does. Pure. */
export const isUnconfirmed = ({ status }: Pick<HostMigration, "status">): boolean => status === "finished";

/**
 * Whether a record is history although its status is not: a service died then, or its server was deleted. Its server is
 * gone, or has nothing under way, and nobody has touched the record for minutes. Pure.
 */
export function isHistory(migration: HostMigration, server: ServerFacts | "gone" | undefined, now: number): boolean {
  if (server === undefined) return false;
  if (isUnconfirmed(migration)) return server === "gone" || server.status !== UNCONFIRMED;
  return (server === "gone" || server.taskState === null) && isStale(migration, now);
}

/** What is still to arrive at a host, or is at work there. */
export interface OnTheWay {
  what: string;
  serverId: string;
}

/**
 * What has to end before the list of a host's servers is final: servers that are built or worked on there, and
 * migrations that bring one. Moves away are not: they are adopted or waited for one by one. Pure.
 *
 * @param elsewhere Servers that hold a part of the host in Placement without being listed there: one that the scheduler
 *   has just sent there is built soon.
 */
export function onTheWay(
  host: string,
  servers: readonly ServerFacts[],
  migrations: readonly HostMigration[],
  elsewhere: readonly ServerFacts[],
  now: number,
): OnTheWay[] {
  const listed = new Map(servers.map((server) => [server.id, server]));
  const working = servers
    .filter(({ status, taskState }) => status === "BUILD" || (taskState !== null && taskState !== "migrating"))
    .map(({ id, name, status, taskState }) => ({ serverId: id, what: `${name} is ${taskState ?? status}` }));
  const coming = migrations
    .filter(({ destCompute }) => destCompute === host)
    .filter((migration) => isUnfinished(migration) && !isStale(migration, now))
    .map(({ id, status, serverId }) => ({
      serverId: serverId ?? "",
      what: `migration ${id} to ${host} is ${status}`,
    }));
  const building = elsewhere
    .filter(({ id, status, host: at }) => !listed.has(id) && status === "BUILD" && at === null)
    .map(({ id, name }) => ({ serverId: id, what: `${name} was scheduled to ${host} and is not built yet` }));
  return [...working, ...coming, ...building];
}
