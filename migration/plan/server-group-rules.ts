import { because } from "../cloud/unknown-facts.ts";
import { finding } from "./findings/finding.ts";
import type { Finding } from "../contract/record.ts";
import type { GroupFacts, Snapshot } from "../cloud/snapshot.ts";

type Members = GroupFacts["members"];

const names = (members: Members) => members.map(({ name }) => name).join(", ");
const on = ({ members }: GroupFacts, host: string): Members => members.filter((member) => member.host === host);

/** How many members of an anti-affinity group one host may have (`rules`, compute API 2.64). */
export const mostPerHost = ({ maxServerPerHost }: GroupFacts): number => maxServerPerHost ?? 1;

/**
 * Whether Nova lets a member go to a host (nova/scheduler/filters/affinity_filter.py at 33.0.2). Anti-affinity: fewer
 * than `max_server_per_host` other members run there. Affinity: another member runs there; Nova counts the host that
 * the server leaves, so that even the only member cannot leave it.
 */
export function groupAllows(group: GroupFacts, host: string): boolean {
  const there = on(group, host).length;
  if (group.policy === "anti-affinity") return there < mostPerHost(group);
  return group.policy !== "affinity" || there > 0;
}

/** What server groups say of a move to a host. Pure. */
export function groupFindings({ groups, server }: Snapshot, host: string): Finding[] {
  if (!groups.known) return [finding("groups-not-checked", { reason: groups.reason })];
  if (groups.value.length > 0 && server.host === null) {
    return [finding("groups-not-checked", { reason: because("members-hidden") })];
  }
  return groups.value.flatMap((group) => groupFinding(group, host, server.host));
}

function groupFinding(group: GroupFacts, host: string, current: string | null): Finding[] {
  const { name, policy, members } = group;
  const there = on(group, host);
  switch (policy) {
    case "anti-affinity":
      if (groupAllows(group, host)) return [];
      return [
        finding("group-anti-affinity", { group: name, members: names(there), host, most: String(mostPerHost(group)) }),
      ];
    case "affinity": {
      if (groupAllows(group, host)) return [];
      const elsewhere = new Set(members.flatMap((member) => member.host ?? []).filter((at) => at !== current));
      return [finding("group-affinity", { group: name, host, others: [...elsewhere].sort().join(", ") })];
    }
    case "soft-anti-affinity":
      if (there.length === 0) return [];
      return [finding("group-soft", { group: name, policy, host })];
    case "soft-affinity":
      if (there.length > 0 || !members.some((member) => member.host !== null && member.host === current)) return [];
      return [finding("group-soft", { group: name, policy, host })];
    default:
      return [finding("groups-not-checked", { reason: because("policy-unknown", { policy, group: name }) })];
  }
}
