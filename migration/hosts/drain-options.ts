import type { GuestCheck } from "../contract/settings.ts";

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
  /** Servers that are shut off: migrate them cold, or leave them. @default "cold" */
  stopped: "cold" | "leave";
  /** Servers that cannot be moved: move none at all, or leave these. @default "refuse" */
  notMovable: "refuse" | "leave";
  /** How many servers are moved first, alone. @default 1 */
  canary: number;
  /** Start no more moves after this many failures. @default 1 */
  stopAfter: number;
  /** Concurrent moves from each host; Nova's own limit is 1 by default (`max_concurrent_live_migrations`). @default 1 */
  parallel: number;
  /** How to check the guests over ssh, all alike; what does not answer is told of its move. @default not checked */
  guest?: GuestCheck;
  /** Why, for whoever lists services. */
  reason: string;
  /** Reasons of single hosts, instead of `reason`. @default none */
  reasons?: Readonly<Record<string, string>>;
}
