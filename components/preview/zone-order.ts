/** In which order zones must change, so that a host leaves one before it joins another. Pure. */

/** Availability zones by name: their hosts. */
export type Zones = Readonly<Record<string, readonly string[]>>;

/** A host that is in one zone in the cloud and declared in another. */
export interface HostMove {
  host: string;
  from: string;
  to: string;
}

export interface ZoneOrder {
  /** Zone → zones that must change before it. Free of cycles. */
  after: Readonly<Record<string, readonly string[]>>;
  /** Hosts that change zones. */
  moves: readonly HostMove[];
  /** Moves that no order of zones can make in one update, because zones would wait for each other. */
  crossing: readonly HostMove[];
  /** Moves out of a zone that this program does not declare: someone else must remove the host there. */
  foreign: readonly HostMove[];
}

/**
 * Orders zones by where the cloud has their hosts now.
 *
 * @example
 * zoneOrder({ a: ["h1", "h2"] }, { a: ["h1"], b: ["h2"] }).after; // { b: ["a"] }
 */
export function zoneOrder(live: Zones, declared: Zones): ZoneOrder {
  const moves = Object.entries(declared).flatMap(([to, hosts]) =>
    hosts.flatMap((host) =>
      Object.keys(live)
        .filter((from) => from !== to && live[from]?.includes(host))
        .map((from) => ({ host, from, to })),
    ),
  );
  const after: Record<string, string[]> = {};
  const crossing: HostMove[] = [];
  for (const move of moves.filter(({ from }) => from in declared)) {
    const { from, to } = move;
    if (reaches(after, from, to)) crossing.push(move);
    else if (!after[to]?.includes(from)) (after[to] ??= []).push(from);
  }
  return { after, moves, crossing, foreign: moves.filter(({ from }) => !(from in declared)) };
}

/** Zones in an order in which each comes after those that it waits for. */
export function sorted(zones: readonly string[], after: ZoneOrder["after"]): string[] {
  const done: string[] = [];
  const visit = (zone: string) => {
    if (done.includes(zone)) return;
    after[zone]?.forEach(visit);
    done.push(zone);
  };
  zones.forEach(visit);
  return done;
}

/** Does `zone` wait, directly or not, for `other`? */
function reaches(after: ZoneOrder["after"], zone: string, other: string): boolean {
  return zone === other || (after[zone] ?? []).some((next) => reaches(after, next, other));
}

/**
 * Warnings about hosts that change zones.
 *
 * @param servers names of the servers on each host that changes its zone
 */
export function zoneWarnings(order: ZoneOrder, servers: Readonly<Record<string, readonly string[]>>): string[] {
  return [
    ...order.moves
      .filter(({ host }) => (servers[host]?.length ?? 0) > 0)
      .map(
        ({ host, from, to }) =>
          `${host} cannot go from zone ${from} to ${to} while it has servers (Nova refuses): ` +
          `move ${(servers[host] ?? []).join(", ")} to other hosts first, in a separate update`,
      ),
    ...order.crossing.map(
      ({ host, from, to }) =>
        `${host} cannot go from zone ${from} to ${to} in this update, because hosts cross between the zones: ` +
        "take the hosts out of their zones in one update, and add them in the next",
    ),
    ...order.foreign.map(
      ({ host, from, to }) =>
        `${host} is in zone ${from}, which this stack does not declare: remove it there before it can join ${to}`,
    ),
  ];
}
