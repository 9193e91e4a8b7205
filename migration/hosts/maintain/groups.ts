import type { HostMaintenanceSettings, MaintenanceRequest } from "../../contract/maintenance-request.ts";
import { PER_TARGET, type DrainOptions, type ReviewedPlan } from "../drain-options.ts";
import { compare } from "../plan/targets.ts";
import { ownReason } from "./own-hosts.ts";

/** The settings of a maintenance that is requested with nothing but its reason. */
const DEFAULTS = {
  toOtherZones: false,
  stopped: "cold",
  notMovable: "refuse",
  return: true,
  parallel: 1,
  perTarget: PER_TARGET,
  fillTo: 100,
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
 *
 * @param options.owner whose maintenance it is, for the disabled reason
 * @param options.reviewed null: no review was given
 */
export function drainsOf(
  request: MaintenanceRequest,
  { owner = null, reviewed = null }: { owner?: string | null; reviewed?: ReviewedPlan | null } = {},
): DrainOptions[] {
  const avoid = Object.keys(request).toSorted(compare);
  const wanted = avoid.map((host) => {
    const settings = withDefaults(request[host] ?? { reason: "" });
    const { reason, to = null, zone = null, notMovableServers = {}, return: _, ...rest } = settings;
    return { host, reason: ownReason(owner, reason), rest: { ...rest, to, toZone: zone, notMovableServers } };
  });
  const groups = Map.groupBy(wanted, ({ rest }) => JSON.stringify(Object.entries(rest).sort()));
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({ rest: { unreviewed, ...options } }) => ({
      ...options,
      hosts: group.map(({ host }) => host),
      avoid,
      reason: "",
      reasons: Object.fromEntries(group.map(({ host, reason }) => [host, reason])),
      ...(reviewed && { review: { plan: reviewed, unreviewed } }),
    })),
  );
}
