import type { HostMaintenanceSettings, MaintenanceRequest } from "../../contract/maintenance-request.ts";
import type { DrainOptions } from "../drain-options.ts";
import type { HostService } from "../hosts-cloud.ts";
import { closedBecause, compare } from "../plan/targets.ts";
import { ownReason } from "./own-hosts.ts";

/** The settings of a maintenance that is requested with nothing but its reason. */
const DEFAULTS = {
  toOtherZones: false,
  stopped: "cold",
  notMovable: "refuse",
  return: true,
  parallel: 1,
  canary: 1,
  stopAfter: 1,
  unreviewed: "refuse",
} as const satisfies Partial<HostMaintenanceSettings>;

type Whole = HostMaintenanceSettings & { [K in keyof typeof DEFAULTS]: NonNullable<HostMaintenanceSettings[K]> };

export const withDefaults = (settings: HostMaintenanceSettings): Whole => ({ ...DEFAULTS, ...definedOnly(settings) });

/** JSON knows no other absence than that of the key. */
const definedOnly = (settings: HostMaintenanceSettings) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Whole;

/**
 * One drain for all hosts whose servers leave in the same way: they are planned together. No drain of them brings a server
 * to a host of another. Pure.
 */
export function drainsOf(
  request: MaintenanceRequest,
  services: readonly HostService[],
  owner: string | null = null,
): DrainOptions[] {
  const avoid = Object.keys(request).toSorted(compare);
  const wanted = avoid.map((host) => {
    const { reason, to, zone, return: _, unreviewed, ...rest } = withDefaults(request[host] ?? { reason: "" });
    const targets = to ?? (zone === undefined ? null : openHostsIn(zone, services, avoid));
    return { host, reason: ownReason(owner, reason), options: { ...rest, to: targets } };
  });
  const groups = Map.groupBy(wanted, ({ options }) => JSON.stringify(options, Object.keys(options).sort()));
  return [...groups.values()].map((group) => {
    const [{ options } = { options: undefined }] = group;
    if (options === undefined) throw new RangeError("a group has a member");
    return {
      ...options,
      hosts: group.map(({ host }) => host),
      avoid,
      reason: "",
      reasons: Object.fromEntries(group.map(({ host, reason }) => [host, reason])),
    };
  });
}

const openHostsIn = (zone: string, services: readonly HostService[], avoid: readonly string[]): string[] =>
  services
    .filter((host) => host.availabilityZone === zone && closedBecause(host) === null && !avoid.includes(host.host))
    .map(({ host }) => host)
    .toSorted(compare);
