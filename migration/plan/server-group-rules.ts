import { transientBlocker, transientWarning, warning } from "./finding.ts";
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
  if (!groups.known) return [notChecked(groups.reason)];
  if (groups.value.length > 0 && server.host === null) {
    return [notChecked("this user may not see where the group's members run")];
  }
  return groups.value.flatMap((group) => groupFinding(group, host, server.host) ?? []);
}

const notChecked = (reason: string) =>
  warning("groups-not-checked", {
    path: "host",
    value: reason,
    problem: "server group rules were not checked",
    fix: "Nova checks them too; a violation shows as a failed migration (No valid host)",
  });

function groupFinding(group: GroupFacts, host: string, current: string | null): Finding | null {
  const { name, policy, members } = group;
  const onHost = on(group, host);
  switch (policy) {
    case "anti-affinity":
      if (groupAllows(group, host)) return null;
      return transientBlocker("group-anti-affinity", {
        path: "host",
        value: `${name}: ${names(onHost)} on ${host}`,
        problem: `the server group ${name} (anti-affinity) allows ${mostPerHost(group)} of its members on a host, and ${host} has ${names(onHost)}`,
        fix: "choose another host, or move such a member first",
      });
    case "affinity": {
      if (groupAllows(group, host)) return null;
      const elsewhere = new Set(members.flatMap((member) => member.host ?? []).filter((at) => at !== current));
      return transientBlocker("group-affinity", {
        path: "host",
        value: `${name}: no other member on ${host}`,
        problem: `the server group ${name} (affinity) keeps its members together, and none of the others runs on ${host}: Nova refuses the move`,
        fix:
          elsewhere.size > 0
            ? `choose a host where another member runs: ${[...elsewhere].sort().join(", ")}`
            : "Nova moves no member of an affinity group to a host without one; only a new server in a group with the policy soft-affinity can move",
      });
    }
    case "soft-anti-affinity":
      return onHost.length === 0 ? null : againstPolicy(group, host);
    case "soft-affinity": {
      const leaves = members.some((member) => member.host !== null && member.host === current);
      return onHost.length > 0 || !leaves ? null : againstPolicy(group, host);
    }
    default:
      return notChecked(`the policy ${policy} of ${name} is not known here`);
  }
}

const againstPolicy = ({ name, policy }: GroupFacts, host: string) =>
  transientWarning("group-soft", {
    path: "host",
    value: `${name}: ${policy}`,
    problem: `moving to ${host} goes against the ${policy} policy of the server group ${name} (Nova allows it)`,
    fix: "choose another host to keep the policy",
  });
