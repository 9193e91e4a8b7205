/** What a maintenance is asked for: one table for the component, the stack file and the command. */
import * as z from "zod/mini";
import type { Problem } from "../../openstack/problems.ts";
import { GuestCheckSchema } from "./settings.ts";

export const LEFT_OFF_POLICIES = ["cold", "leave"] as const;
/**
 * What becomes of a server that cannot be moved live: `refuse` moves none at all; `leave` leaves it; `stop` shuts its
 * guest down, moves it cold, and starts it again, where Nova can do that, and refuses otherwise.
 */
export const NOT_MOVABLE_POLICIES = ["refuse", "leave", "stop"] as const;
export type NotMovable = (typeof NOT_MOVABLE_POLICIES)[number];
export const UNREVIEWED_POLICIES = ["refuse", "leave", "move"] as const;

const name = () => z.string().check(z.minLength(1, "must not be empty"), z.maxLength(255));
const count = (least: number) => z.int().check(z.minimum(least), z.maximum(9999));
const described = <T extends z.ZodMiniType>(schema: T, description: string, value?: unknown) =>
  z.optional(schema).check(z.meta({ description, ...(value !== undefined && { default: value }) }));

/** The maintenance of one host, as users write it. No default of its own is applied here: a new one is no change of a stack. */
export const HostMaintenanceSchema = z.strictObject({
  reason: name().check(z.describe("Why, for whoever lists services: it is added to the disabled reason.")),
  to: described(
    z.array(name()).check(z.minLength(1, "must not be empty")),
    "Only these hosts take the servers, whatever their zone. Default: every open host of the same zone.",
  ),
  zone: described(name(), "Instead of to: only open hosts of this availability zone take the servers."),
  toOtherZones: described(z.boolean(), "Hosts of other zones may take servers, too.", false),
  stopped: described(z.enum(LEFT_OFF_POLICIES), "Servers that are shut off: move them cold, or leave them.", "cold"),
  notMovable: described(
    z.enum(NOT_MOVABLE_POLICIES),
    "Servers that cannot be moved live: refuse to begin; leave them, with which the host is not empty and up fails; or stop them, which shuts each guest down, moves it cold, and starts it again.",
    "refuse",
  ),
  notMovableServers: described(
    z.record(name(), z.enum(NOT_MOVABLE_POLICIES)),
    "The same for single servers, by their ids.",
  ),
  return: described(z.boolean(), "Bring the servers home when this entry is removed.", true),
  parallel: described(count(1), "Concurrent moves from this host. Nova's own limit is 1 by default.", 1),
  perTarget: described(count(1), "Concurrent moves to each host that takes the servers.", 2),
  fillTo: described(
    z.number().check(z.minimum(1), z.maximum(100)),
    "How full a host that takes servers may get, in percent of each resource's capacity in Placement.",
    100,
  ),
  canary: described(count(0), "How many servers are moved first, alone.", 1),
  stopAfter: described(count(1), "Start no more moves after this many failures.", 1),
  guest: described(
    z.omit(GuestCheckSchema, { address: true }),
    "How to check the guests over ssh, all alike, on their way there and home. One that does not answer is moved all the same.",
  ),
  unreviewed: described(
    z.enum(UNREVIEWED_POLICIES),
    "Servers that appeared on the host since the review that LIVE_MIGRATE_REVIEWED names: refuse to begin, leave them on the host, or move them, too.",
    "refuse",
  ),
});
export type HostMaintenanceSettings = z.output<typeof HostMaintenanceSchema>;

/** Hosts in maintenance, by name. */
export const MaintenanceRequestSchema = z.record(name(), HostMaintenanceSchema);
export type MaintenanceRequest = z.output<typeof MaintenanceRequestSchema>;

/**
 * What is wrong with hosts in maintenance together. Pure.
 *
 * @param at the path of a host's maintenance
 */
export function maintenanceProblems(
  hosts: Readonly<Record<string, Pick<Partial<HostMaintenanceSettings>, "to" | "zone" | "toOtherZones">>>,
  at: (host: string) => string,
): Problem[] {
  return Object.entries(hosts).flatMap(([host, { to, zone, toOtherZones }]) => {
    const problems: Problem[] = [];
    const wrong = (setting: string, value: unknown, problem: string, fix: string) =>
      problems.push({ path: `${at(host)}.${setting}`, value, problem, fix });
    if (to !== undefined && zone !== undefined) {
      wrong("zone", zone, "to is given too", "keep one of to and zone");
    }
    if (toOtherZones === true && (to !== undefined || zone !== undefined)) {
      const other = to === undefined ? "zone" : "to";
      wrong("toOtherZones", true, `${other} names the targets already`, `keep one of ${other} and toOtherZones`);
    }
    for (const [i, target] of (to ?? []).entries()) {
      if (target === host) wrong(`to[${i}]`, target, "this is the host itself", "name another host");
      else if (Object.hasOwn(hosts, target)) {
        wrong(`to[${i}]`, target, "this host is in maintenance itself", "name an open host");
      } else if (to?.indexOf(target) !== i) wrong(`to[${i}]`, target, "this host is given twice", "name it once");
    }
    return problems;
  });
}
