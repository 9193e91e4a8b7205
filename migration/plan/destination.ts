import { oneLine } from "../../text/visible.ts";
import { blocker, noMigrationRights, transientBlocker } from "./finding.ts";
import { groupAllows } from "./server-group-rules.ts";
import { hypervisorFindings } from "./hypervisor.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { GroupFacts, HostFacts, Snapshot } from "../cloud/snapshot.ts";
import { isResizing, newestCold } from "../cloud/cold-status.ts";
import { hostNamed } from "../cloud/places.ts";

/** The destination host, or why none can be chosen. `host` undefined: hosts are not visible. */
export interface Destination {
  name: string;
  host: HostFacts | undefined;
  /** Why this host, for a zone as target; null when the request named the host. */
  why: string | null;
}
export type DestinationChoice = { ok: true; destination: Destination } | { ok: false; findings: Finding[] };

/** By server id: where moves of the same run go, and how much memory each takes there. */
export type Arrivals = Map<string, { host: string; ramMiB: number }>;

/** Pure: turns `host` or `zone` of a request into one host. */
export function chooseDestination(
  request: MigrationRequest,
  snapshot: Snapshot,
  arrivals: Arrivals = new Map(),
): DestinationChoice {
  return request.host === undefined ? chooseInZone(request, snapshot, arrivals) : nameHost(request.host, snapshot);
}

function nameHost(name: string, { hosts, server }: Snapshot): DestinationChoice {
  const unseen: DestinationChoice = { ok: true, destination: { name, host: undefined, why: null } };
  if (!hosts.known) return unseen;
  const host = hosts.value.find((candidate) => candidate.host === name);
  if (host) return { ok: true, destination: { name, host, why: null } };
  if (hosts.gap !== undefined) return server.host === name ? unseen : unread("host", name, hosts.gap);
  const all = hosts.value.map((candidate) => candidate.host).sort();
  const { meant, why } = probablyMeant(name, hosts.value);
  return refused(
    blocker("host-unknown", {
      path: "host",
      value: name,
      problem: `no nova-compute service has the host ${name}${why}`,
      fix: meant ? `use ${meant}` : `one of: ${all.join(", ")}`,
    }),
  );
}

const refused = (found: Finding): DestinationChoice => ({ ok: false, findings: [found] });

/** Nova writes UNKNOWN for what is in a cell whose database does not answer (2.69 and newer). */
export const HOST_UNREAD_FIX =
  "see `openstack compute service list`; for a status of UNKNOWN, repair the database of the host's Nova cell; then run this again";

/** It may be behind what cannot be read. */
const unread = (path: "host" | "zone", target: string, reason: string) =>
  refused(
    transientBlocker("target-unread", {
      path,
      value: target,
      problem: `no nova-compute service that can be read has the ${path} ${target}: ${reason}`,
      fix: `check the name; if it is right, ${HOST_UNREAD_FIX}`,
    }),
  );

/** The host that a wrong name probably stands for. Nova matches names exactly. */
function probablyMeant(name: string, hosts: readonly HostFacts[]): { meant?: string; why: string } {
  const sameNode = hosts.find(({ hypervisor }) => hypervisor?.hostname === name);
  if (sameNode) return { meant: sameNode.host, why: ": that is a hypervisor's host name" };
  const plain = (text: string) => text.trim().toLowerCase();
  const spelled = hosts.find(({ host }) => plain(host) === plain(name));
  return spelled ? { meant: spelled.host, why: ": its name is spelled otherwise" } : { why: "" };
}

/**
 * The server's own host if it is in the zone (a re-run stays with its choice), or the destination of the migration
 * in flight; else the least loaded host that is up, enabled, has room and breaks no group rule. Moves of the same run
 * count as if they had arrived: Nova does not show them at once.
 */
function chooseInZone(
  { zone = "", avoid = [] }: MigrationRequest,
  snapshot: Snapshot,
  arrivals: Arrivals,
): DestinationChoice {
  if (!snapshot.hosts.known) return refused(noMigrationRights(snapshot.hosts.reason));
  const inZone = snapshot.hosts.value.filter(({ availabilityZone }) => availabilityZone === zone);
  if (inZone.length === 0) {
    const hidden = snapshot.hosts.gap ?? snapshot.hosts.value.find((host) => host.unread !== undefined)?.unread;
    if (hidden !== undefined) return unread("zone", zone, hidden);
    const zones = new Set(snapshot.hosts.value.map(({ availabilityZone }) => availabilityZone ?? "(none)"));
    return refused(
      blocker("zone-unknown", {
        path: "zone",
        value: zone,
        problem: `no compute host is in the availability zone ${zone}`,
        fix: `one of: ${[...zones].sort().join(", ")}`,
      }),
    );
  }
  const chosen = (host: HostFacts, why: string): DestinationChoice => ({
    ok: true,
    destination: { name: host.host, host, why: oneLine(why) },
  });
  const current = inZone.find(({ host }) => host === snapshot.server.host);
  if (current) return chosen(current, `the server is in ${zone} already`);
  const underWay = inZone.find(({ host }) => host === destinationUnderWay(snapshot));
  if (underWay) return chosen(underWay, "the server is on its way there");

  // Nova lists them in an order of its own.
  const byName = inZone.toSorted((a, b) => a.host.localeCompare(b.host));
  const judged = byName.map((host) => ({
    host,
    objection: avoid.includes(host.host) ? "is in maintenance" : objection(host, snapshot, arrivals),
    ...loadOf(host, snapshot.server.id, arrivals),
  }));
  const possible = judged
    .filter((candidate) => candidate.objection === null)
    .sort((a, b) => a.load - b.load || a.arriving - b.arriving);
  const best = possible[0];
  if (best) {
    const others = possible.slice(1).map(({ host }) => host.host);
    const alternatives = others.length > 0 ? ` (also possible: ${others.join(", ")})` : "";
    return chosen(best.host, `the least loaded of ${zone} that can take it${alternatives}`);
  }
  const reasons = judged.map((candidate) => `${candidate.host.host} ${candidate.objection ?? ""}`).join("; ");
  return refused(
    transientBlocker("zone-has-no-host", {
      path: "zone",
      value: zone,
      problem: `no host of ${zone} can take the server now: ${reasons}`,
      fix: "bring a host of that zone up, enable it, or free resources",
    }),
  );
}

/** Where a migration under way takes the server, as far as Nova says it. */
function destinationUnderWay(snapshot: Snapshot): string | null | undefined {
  const { server, migrations } = snapshot;
  if (isResizing(server)) return newestCold(snapshot)?.destCompute;
  return server.taskState === "migrating" && migrations.known ? migrations.value[0]?.destCompute : undefined;
}

function loadOf({ host, hypervisor }: HostFacts, self: string, arrivals: Arrivals) {
  const others = [...arrivals].filter(([id, arrival]) => id !== self && arrival.host === host);
  const ramMiB = others.reduce((sum, [, arrival]) => sum + arrival.ramMiB, 0);
  const share = hypervisor?.memoryMiB === undefined ? 0 : ramMiB / hypervisor.memoryMiB;
  return { load: (hypervisor?.load ?? 0) + share, arriving: others.length };
}

function objection(host: HostFacts, { server, hosts, fitting, groups }: Snapshot, arrivals: Arrivals): string | null {
  if (host.forcedDown) return "is forced down";
  if (!host.up) return "is down";
  if (!host.enabled) return "is disabled";
  const source = hostNamed(hosts, server.host);
  const unsuited = source && [...hypervisorFindings(source, host)].at(0);
  if (unsuited) return `has an unsuited hypervisor (${unsuited.value})`;
  if (fitting.known && fitting.gap === undefined && !fitting.value.includes(host.hypervisor?.id ?? "")) {
    return "has no room";
  }
  const against = groups.known
    ? groups.value.find((group) => !groupAllows(moved(group, arrivals), host.host))
    : undefined;
  if (!against) return null;
  const { name: group, policy } = against;
  return policy === "affinity"
    ? `has no other member of the affinity group ${group}`
    : `has a member of the anti-affinity group ${group}`;
}

/** The group with its members where they will be. */
const moved = (group: GroupFacts, arrivals: Arrivals): GroupFacts => ({
  ...group,
  members: group.members.map((member) => ({ ...member, host: arrivals.get(member.id)?.host ?? member.host })),
});
