import { lastRunOf } from "../state/last-runs.ts";
import type { StackResources } from "../state/stack-state.ts";

/** Hosts by the names of servers; undefined: not known. */
export type HostOf = (server: string) => string | undefined;

/**
 * Takes one of each group in turn, groups and their members in their order. Pure.
 *
 * @example inTurns(["a1", "a2", "b1"], ([group]) => group) // ["a1", "b1", "a2"]
 */
export function inTurns<T>(all: readonly T[], groupOf: (one: T) => unknown): T[] {
  const groups = [...Map.groupBy(all, groupOf).values()];
  const rounds = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => groups.flatMap((group) => group.slice(round, round + 1))).flat();
}

/**
 * The order in which servers are best declared: those that move first, the hosts that they leave in turn. Pulumi does a
 * few things at once, in the order declared, and Nova moves one server at a time from each host: what waits there keeps
 * from its turn what could move from another host. Pure.
 */
export function moveOrder<T extends { host?: string | undefined }>(
  servers: Readonly<Record<string, T>>,
  last: HostOf,
): { moving: [string, T][]; staying: [string, T][] } {
  const moves = ([name, { host }]: [string, T]) => {
    const from = last(name);
    return from !== undefined && host !== undefined && from !== host;
  };
  const all = Object.entries(servers);
  const moving = inTurns(all.filter(moves), ([name]) => last(name));
  return { moving, staying: all.filter((server) => !moves(server)) };
}

/** The hosts that the last successful `up` brought servers to, or was asked to. Pure. */
export function lastHosts(resources: StackResources): HostOf {
  const hosts = Object.entries(resources).flatMap(([urn, resource]): [string, string][] => {
    const [, name] = /\$command:local:Command::(.+)$/.exec(urn) ?? [];
    const run = lastRunOf(resource);
    const host = run.kind === "known" ? run.environment["LIVE_MIGRATE_HOST"] : undefined;
    return name === undefined || host === undefined ? [] : [[name, host]];
  });
  const byServer = new Map(hosts);
  return (server) => byServer.get(server);
}
