import type { Resources } from "../../../openstack/placement/placement.ts";
import type { GroupFacts, Known, Snapshot } from "../../cloud/snapshot.ts";
import type { Finding } from "../../contract/record.ts";
import { blocker } from "../../plan/finding.ts";
import { groupAllows } from "../../plan/server-group-rules.ts";
import type { DrainOptions } from "../drain-options.ts";
import type { HostService } from "../hosts-cloud.ts";
import type { Ledger } from "./ledger.ts";
import { readMarker } from "../marker.ts";

/** Why a host takes no server now; null: it is open. Pure. */
export function closedBecause(host: HostService): string | null {
  if (host.unread !== undefined) return `its service cannot be read (${host.unread})`;
  if (host.forcedDown) return "is forced down";
  if (!host.up) return "is down";
  if (!host.enabled) return readMarker(host.disabledReason) === null ? "is disabled" : "is in maintenance";
  if (host.hypervisor === null) return "has no hypervisor that is visible";
  return null;
}

/** Hosts that servers may go to, in a stable order: never one that is drained, closed or to be avoided. Pure. */
export function openTargets(
  hosts: readonly HostService[],
  { hosts: drained, avoid = [], to, toZone }: Pick<DrainOptions, "hosts" | "avoid" | "to" | "toZone">,
): HostService[] {
  return hosts
    .filter((host) => closedBecause(host) === null && !drained.includes(host.host) && !avoid.includes(host.host))
    .filter(({ availabilityZone }) => toZone == null || availabilityZone === toZone)
    .filter(({ host }) => to === null || to.includes(host))
    .toSorted((a, b) => compare(a.host, b.host));
}

/** What is wrong with the hosts that `--to` names, or with the zone of `--to-zone`. Pure. */
export function* targetFindings(
  hosts: readonly HostService[],
  { hosts: drained, to, toZone }: Pick<DrainOptions, "hosts" | "to" | "toZone">,
): Generator<Finding> {
  const zones = [...new Set(hosts.flatMap(({ availabilityZone }) => availabilityZone ?? []))].sort(compare);
  if (toZone != null && !zones.includes(toZone)) {
    const problem = `no compute host is in the zone ${toZone}`;
    yield blocker("target-unusable", { path: "--to-zone", value: toZone, problem, fix: `one of: ${zones.join(", ")}` });
  }
  for (const name of to ?? []) {
    const host = hosts.find((candidate) => candidate.host === name);
    const because = host && closedBecause(host);
    const found = (value: string, problem: string, fix: string) =>
      blocker("target-unusable", { path: "--to", value, problem, fix });
    if (drained.includes(name)) {
      yield found(name, `${name} is drained itself`, "leave it out of `--to`");
    } else if (host === undefined) {
      const all = hosts.map((candidate) => candidate.host).toSorted(compare);
      yield found(name, `no nova-compute service has the host ${name}`, `one of: ${all.join(", ")}`);
    } else if (because) {
      yield found(name, `${name} ${because}: it takes no server`, "open it first, or leave it out of `--to`");
    }
  }
}

/** Where a server may go, the best first: least objections of soft policies, then the least loaded, then by name. Pure. */
export function candidatesFor(
  snapshot: Snapshot,
  from: HostService,
  need: Resources,
  { targets, options, ledger }: { targets: readonly HostService[]; options: DrainOptions; ledger: Ledger },
): { best: HostService[]; full: string[]; otherZones: string[] } {
  const inZone = (host: HostService) =>
    options.to !== null ||
    options.toZone != null ||
    options.toOtherZones ||
    host.availabilityZone === from.availabilityZone;
  const near = targets.filter(inZone);
  const judged = near.map((host) => ({ host, lacking: ledger.lacking(host, need) }));
  const best = judged
    .filter(({ lacking }) => lacking.length === 0)
    .map(({ host }) => ({
      host,
      objections: softObjections(snapshot.groups, host.host),
      load: ledger.loadWith(host, need),
      arriving: ledger.arriving(host.host),
    }))
    .sort(
      (a, b) =>
        a.objections - b.objections || a.load - b.load || a.arriving - b.arriving || compare(a.host.host, b.host.host),
    );
  return {
    best: best.map(({ host }) => host),
    full: judged.flatMap(({ host, lacking }) => (lacking.length > 0 ? [`${host.host}: ${lacking.join(", ")}`] : [])),
    otherZones: targets.filter((host) => !inZone(host)).map(({ host }) => host),
  };
}

/** Soft policies that a host goes against, and hard ones, which Nova refuses, above them. */
function softObjections(groups: Known<GroupFacts[]>, host: string): number {
  if (!groups.known) return 0;
  const objections = groups.value.map((group) => {
    const there = group.members.filter((member) => member.host === host).length;
    if (!groupAllows(group, host)) return 100;
    if (group.policy === "soft-anti-affinity") return Math.min(there, 10);
    return group.policy === "soft-affinity" && group.members.length > 0 && there === 0 ? 1 : 0;
  });
  return objections.reduce((sum, one) => sum + one, 0);
}

/** The groups with their members where the plan takes them. Pure. */
export function withMoved(groups: Known<GroupFacts[]>, places: ReadonlyMap<string, string>): Known<GroupFacts[]> {
  if (!groups.known) return groups;
  return {
    ...groups,
    value: groups.value.map((group) => ({
      ...group,
      members: group.members.map((member) => ({ ...member, host: places.get(member.id) ?? member.host })),
    })),
  };
}

/** As Nova compares names, whatever the language of this machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
