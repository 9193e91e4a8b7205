/** In which order zones must change, so that a host leaves one before it joins another. Pure. */
import { textOf } from "../texts.ts";

/** Availability zones by name: their hosts. */
export type Zones = Readonly<Record<string, readonly string[]>>;

/** A host that the cloud has in one zone and the program wants in another. */
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
  /** Moves that no order of whole zones can make in one update, since zones would wait for each other. */
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
 * What people should know of the moves before they happen.
 *
 * @param servers names of the servers on each host that changes its zone
 */
export function zoneWarnings(order: ZoneOrder, servers: Readonly<Record<string, readonly string[]>>): string[] {
  return [
    ...order.moves
      .filter(({ host }) => (servers[host]?.length ?? 0) > 0)
      .map((move) => textOf("zone-has-servers", { ...move, servers: (servers[move.host] ?? []).join(", ") })),
    ...order.crossing.map((move) => textOf("zones-cross", { ...move })),
    ...order.foreign.map((move) => textOf("zone-of-others", { ...move })),
  ];
}
