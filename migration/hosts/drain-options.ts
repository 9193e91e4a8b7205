import type { GuestCheck } from "../contract/settings.ts";
import type { DrainMove, Stay } from "../contract/drain.ts";
import type { NotMovable } from "../contract/maintenance-request.ts";

/** Concurrent moves to one target, unless told otherwise. */
export const PER_TARGET = 2;

/** What somebody has reviewed: a plan, or its document. */
export interface ReviewedPlan {
  moves: readonly Pick<DrainMove, "server" | "from" | "to" | "kind">[];
  stays: readonly Pick<Stay, "server" | "host" | "why">[];
}

/** A plan that was reviewed, and what becomes of moves that nobody has reviewed. */
export interface Review {
  plan: ReviewedPlan;
  /**
   * Servers that appeared since, and those that would move in another way than reviewed: move them as well, leave
   * them where they are, or refuse the drain.
   */
  unreviewed: "move" | "leave" | "refuse";
}

/** What a drain is asked for. */
export interface DrainOptions {
  /** Compute hosts to empty. */
  hosts: readonly string[];
  /** Hosts that are never targets, beside those that are emptied: they are in maintenance themselves. @default none */
  avoid?: readonly string[];
  /** Only these are targets, whatever their zone; null: any open host of the same zone. */
  to: readonly string[] | null;
  /** Hosts of other zones may be targets. @default false */
  toOtherZones: boolean;
  /** Only hosts of this zone are targets. @default the zone of each server's host */
  toZone?: string | null;
  /** Servers that are shut off: migrate them cold, or leave them. @default "cold" */
  stopped: "cold" | "leave";
  /** Servers that cannot be moved live. @default "refuse" */
  notMovable: NotMovable;
  /** The same for single servers, by their ids. */
  notMovableServers?: Readonly<Record<string, NotMovable>>;
  /** How many servers are moved first, alone. @default 1 */
  canary: number;
  /** Start no more moves after this many failures. @default 1 */
  stopAfter: number;
  /** Concurrent moves from each host; Nova's own limit is 1 by default (`max_concurrent_live_migrations`). @default 1 */
  parallel: number;
  /** How to check the guests over ssh, all alike; what does not answer is told of its move. @default not checked */
  guest?: GuestCheck | undefined;
  /** Concurrent moves to each target. @default 2 */
  perTarget?: number;
  /** How full a target may get, in percent of each resource's capacity in Placement. @default 100 */
  fillTo?: number;
  /** What somebody has reviewed. @default nothing: all is moved */
  review?: Review;
  /** Why, for whoever lists services. */
  reason: string;
  /** Reasons of single hosts, instead of `reason`. @default none */
  reasons?: Readonly<Record<string, string>>;
}

/** What becomes of one server that cannot be moved live. Pure. */
export const notMovableOf = (
  { notMovable, notMovableServers }: Pick<DrainOptions, "notMovable" | "notMovableServers">,
  serverId: string,
): NotMovable => notMovableServers?.[serverId] ?? notMovable;

/** Whether a server that stays was to be left. Otherwise a drain that finds it is refused. Pure. */
export function leaves(
  { why, server }: Pick<Stay, "why" | "server">,
  options: Pick<DrainOptions, "notMovable" | "notMovableServers" | "review">,
): boolean {
  if (why === "unreviewed") return options.review?.unreviewed === "leave";
  return why === "left" || notMovableOf(options, server.id) === "leave";
}
