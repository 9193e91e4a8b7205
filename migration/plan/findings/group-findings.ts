import type { V } from "../../catalogue.ts";
import { blockerNow, warning, warningNow } from "./finding-kinds.ts";

/** Findings about server groups, and about several servers that want one host. */
export const GROUP_TEXTS = {
  "full-together": warning(({ host, servers, resources }: V<"host" | "servers" | "resources">) => ({
    path: "host",
    value: `${host}: ${servers}`,
    problem: `each of these servers may fit on ${host}, but not all of them together: ${resources}`,
    fix: "choose another host for some of them, or free resources there first; the last ones are refused as they are",
  })),
  "room-together-not-checked": warning(({ host, servers, reason }: V<"host" | "servers" | "reason">) => ({
    path: "host",
    value: `${host}: ${servers}`,
    problem: `whether all of these servers together have room on ${host} was not checked: ${reason}`,
    fix: "each is checked again before it is moved; one that finds no room left is refused, and stays where it is",
  })),
  "anti-affinity-together": warning(({ group, servers, host, most }: V<"group" | "servers" | "host" | "most">) => ({
    path: "host",
    value: `${host}: ${servers}`,
    problem: `the server group ${group} (anti-affinity) allows ${most} of its members on ${host}; with all of these servers there would be more`,
    fix: "choose another host for some of them; those that arrive too late are refused",
  })),
  "group-anti-affinity": blockerNow(({ group, members, host, most }: V<"group" | "members" | "host" | "most">) => ({
    path: "host",
    value: `${group}: ${members} on ${host}`,
    problem: `the server group ${group} (anti-affinity) allows ${most} of its members on a host, and ${host} has ${members}`,
    fix: "choose another host, or move such a member first",
  })),
  "group-affinity": blockerNow(({ group, host, others }: V<"group" | "host" | "others">) => ({
    path: "host",
    value: `${group}: no other member on ${host}`,
    problem: `the server group ${group} (affinity) keeps its members together, and none of the others runs on ${host}: Nova refuses the move`,
    fix: others
      ? `choose a host where another member runs: ${others}`
      : "Nova moves no member of an affinity group to a host without one; only a new server in a group with the policy soft-affinity can move",
  })),
  "group-soft": warningNow(({ group, policy, host }: V<"group" | "policy" | "host">) => ({
    path: "host",
    value: `${group}: ${policy}`,
    problem: `moving to ${host} goes against the ${policy} policy of the server group ${group} (Nova allows it)`,
    fix: "choose another host to keep the policy",
  })),
  "groups-not-checked": warning(({ reason }: V<"reason">) => ({
    path: "host",
    value: reason,
    problem: "server group rules were not checked",
    fix: "Nova checks them too; a violation shows as a failed migration (No valid host)",
  })),
};
