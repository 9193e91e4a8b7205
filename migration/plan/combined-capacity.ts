import type { Inventory, Resources } from "../../openstack/placement/placement.ts";
import { hostNamed } from "../cloud/places.ts";
import { describeFinding, warning } from "./finding.ts";
import { mostPerHost } from "./server-group-rules.ts";
import { flavorResources } from "../cloud/flavor-resources.ts";
import type { Plan } from "./plan.ts";
import type { Finding } from "../contract/record.ts";
import type { GroupFacts, Known, Snapshot } from "../cloud/snapshot.ts";

/** A move that would start, as far as it matters to others. */
export interface PlannedMove {
  server: { id: string; name: string };
  /** Destination compute. */
  host: string;
  /** Its resource provider; null: not visible. */
  provider: string | null;
  /** What the server takes there. */
  resources: Known<Resources>;
  groups: Known<GroupFacts[]>;
}

/** What a resource provider has, and what is used of it. */
export interface Room {
  inventories: Readonly<Record<string, Inventory>>;
  usages: Resources;
}

/** The move of a plan; null unless it would start one. Pure. */
export function plannedMove(decided: Plan, { server, hosts, groups }: Snapshot): PlannedMove | null {
  if (decided.action !== "migrate") return null;
  const { id, name, flavor, image } = server;
  const host = decided.destination.name;
  const provider = hostNamed(hosts, host)?.hypervisor?.id ?? null;
  return { server: { id, name }, host, provider, resources: flavorResources(flavor, image), groups };
}

/** Moves by destination, only where there are several. Pure. */
export function sharedDestinations(moves: readonly PlannedMove[]): PlannedMove[][] {
  return [...Map.groupBy(moves, ({ host }) => host).values()].filter(({ length }) => length > 1);
}

/**
 * Problems that no single move shows: whether all moves to one host fit there together, and whether group rules
 * allow it. Counts nothing as free that leaves the host meanwhile, for moves have no order. Pure.
 *
 * @param moves all to one host
 */
export function combinedFindings(moves: readonly PlannedMove[], room: Known<Room>): Finding[] {
  return [...roomFindings(moves, room), ...affinityFindings(moves)];
}

function roomFindings(moves: readonly PlannedMove[], room: Known<Room>): Finding[] {
  const [first] = moves;
  if (first === undefined) return [];
  const hidden = moves.flatMap(({ resources }) => (resources.known ? [] : [resources.reason]));
  if (!room.known) hidden.push(room.reason);
  const { host } = first;
  const place = { path: "host", value: `${host}: ${named(moves)}` };
  if (hidden.length > 0 || !room.known) {
    return [
      warning("room-together-not-checked", {
        ...place,
        problem: `whether all of these servers together have room on ${host} was not checked: ${[...new Set(hidden)].join("; ")}`,
        fix: "each is checked again before it is moved; one that finds no room left is refused, and stays where it is",
      }),
    ];
  }
  const { inventories, usages } = room.value;
  const lacking = [...total(moves)].flatMap(([name, wanted]) => {
    const inventory = inventories[name];
    const capacity = inventory ? (inventory.total - inventory.reserved) * inventory.allocationRatio : 0;
    const free = Math.floor(capacity - (usages[name] ?? 0));
    return wanted > free ? [`${name} ${wanted} of ${Math.max(0, free)} free`] : [];
  });
  if (lacking.length === 0) return [];
  return [
    warning("full-together", {
      ...place,
      problem: `each of these servers may fit on ${host}, but not all of them together: ${lacking.join(", ")}`,
      fix: "choose another host for some of them, or free resources there first; the last ones are refused as they are",
    }),
  ];
}

function total(moves: readonly PlannedMove[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { resources } of moves) {
    for (const [name, amount] of Object.entries(resources.known ? resources.value : {})) {
      sums.set(name, (sums.get(name) ?? 0) + amount);
    }
  }
  return sums;
}

/** What one move alone breaks is in its own plan ({@link ./server-group-rules.ts}). */
function affinityFindings(moves: readonly PlannedMove[]): Finding[] {
  const strict = moves.flatMap(({ server, host, groups }) =>
    groups.known
      ? groups.value.filter(({ policy }) => policy === "anti-affinity").map((group) => ({ group, server, host }))
      : [],
  );
  return [...Map.groupBy(strict, ({ group }) => group.id).values()].flatMap((arriving) => {
    const [first] = arriving;
    if (first === undefined || arriving.length < 2) return [];
    const { group, host } = first;
    const staying = group.members.filter(
      (member) => member.host === host && !arriving.some(({ server }) => server.id === member.id),
    );
    const most = mostPerHost(group);
    if (staying.length + arriving.length <= most) return [];
    return [
      warning("anti-affinity-together", {
        path: "host",
        value: `${host}: ${named(arriving)}`,
        problem: `the server group ${group.name} (anti-affinity) allows ${most} of its members on ${host}; with all of these servers there would be more`,
        fix: "choose another host for some of them; those that arrive too late are refused",
      }),
    ];
  });
}

const named = (moves: readonly Pick<PlannedMove, "server">[]) => moves.map(({ server }) => server.name).join(", ");

/** One line for a person. Pure. */
export const describeCombined = (found: Finding): string => `moves to one host: ${describeFinding(found)}`;
