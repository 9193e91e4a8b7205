import { finding } from "./findings/finding.ts";
import { groupAllows } from "./server-group-rules.ts";
import { hypervisorFindings } from "./hypervisor.ts";
import type { Finding } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { GroupFacts, HostFacts, Snapshot } from "../cloud/snapshot.ts";
import { say } from "../words.ts";
import { hostNamed } from "../cloud/places.ts";

/** The host to go to, or what stands in the way of choosing one. `host` undefined: hosts cannot be seen. */
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
  return request.host === undefined
    ? chooseInZone(request.zone ?? "", snapshot, arrivals)
    : nameHost(request.host, snapshot);
}

function nameHost(name: string, { hosts, server }: Snapshot): DestinationChoice {
  const unseen: DestinationChoice = { ok: true, destination: { name, host: undefined, why: null } };
  if (!hosts.known) return unseen;
  const host = hosts.value.find((candidate) => candidate.host === name);
  if (host) return { ok: true, destination: { name, host, why: null } };
  if (hosts.gap !== undefined) return server.host === name ? unseen : unread("host", name, hosts.gap);
  const all = hosts.value.map((candidate) => candidate.host).sort();
  return {
    ok: false,
    findings: [finding("host-unknown", { host: name, hosts: all.join(", "), ...meant(name, hosts.value) })],
  };
}

/** It may be behind what cannot be read. */
const unread = (path: "host" | "zone", target: string, reason: string): DestinationChoice => ({
  ok: false,
  findings: [finding("target-unread", { path, target, reason })],
});

/** The host that a wrong name probably stands for. Nova takes names to the letter. */
function meant(name: string, hosts: readonly HostFacts[]): { meant: string; why: string } {
  const sameNode = hosts.find(({ hypervisor }) => hypervisor?.hostname === name);
  if (sameNode) return { meant: sameNode.host, why: say("hypervisor-name") };
  const plain = (text: string) => text.trim().toLowerCase();
  const spelled = hosts.find(({ host }) => plain(host) === plain(name));
  return spelled ? { meant: spelled.host, why: say("other-spelling") } : { meant: "", why: "" };
}

/**
 * The server's own host if it is in the zone (a re-run stays with its choice), or the destination of the migration
 * in flight; else the least loaded host that is up, enabled, has room and breaks no group rule. Moves of the same run
 * count as if they had arrived: Nova does not show them at once.
 */
function chooseInZone(zone: string, snapshot: Snapshot, arrivals: Arrivals): DestinationChoice {
  if (!snapshot.hosts.known) {
    return { ok: false, findings: [finding("no-migration-rights", { reason: snapshot.hosts.reason })] };
  }
  const inZone = snapshot.hosts.value.filter(({ availabilityZone }) => availabilityZone === zone);
  if (inZone.length === 0) {
    const hidden = snapshot.hosts.gap ?? snapshot.hosts.value.find((host) => host.unread !== undefined)?.unread;
    if (hidden !== undefined) return unread("zone", zone, hidden);
    const zones = new Set(snapshot.hosts.value.map(({ availabilityZone }) => availabilityZone ?? "(none)"));
    return { ok: false, findings: [finding("zone-unknown", { zone, zones: [...zones].sort().join(", ") })] };
  }
  const chosen = (host: HostFacts, why: string): DestinationChoice => ({
    ok: true,
    destination: { name: host.host, host, why },
  });
  const current = inZone.find(({ host }) => host === snapshot.server.host);
  if (current) return chosen(current, say("in-zone-already", { zone }));
  const newest = snapshot.migrations.known ? snapshot.migrations.value[0] : undefined;
  const underWay = inZone.find(({ host }) => snapshot.server.taskState === "migrating" && host === newest?.destCompute);
  if (underWay) return chosen(underWay, say("on-its-way"));

  // Nova lists them in an order of its own.
  const byName = inZone.toSorted((a, b) => a.host.localeCompare(b.host));
  const judged = byName.map((host) => ({
    host,
    objection: objection(host, snapshot, arrivals),
    ...loadOf(host, snapshot.server.id, arrivals),
  }));
  const possible = judged
    .filter((candidate) => candidate.objection === null)
    .sort((a, b) => a.load - b.load || a.arriving - b.arriving);
  const best = possible[0];
  if (best) {
    const others = possible.slice(1).map(({ host }) => host.host);
    return chosen(best.host, say("least-loaded", { zone, others: others.join(", ") }));
  }
  const reasons = judged.map((candidate) => `${candidate.host.host} ${candidate.objection ?? ""}`).join("; ");
  return { ok: false, findings: [finding("zone-has-no-host", { zone, reasons })] };
}

function loadOf({ host, hypervisor }: HostFacts, self: string, arrivals: Arrivals) {
  const others = [...arrivals].filter(([id, arrival]) => id !== self && arrival.host === host);
  const ramMiB = others.reduce((sum, [, arrival]) => sum + arrival.ramMiB, 0);
  const share = hypervisor?.memoryMiB === undefined ? 0 : ramMiB / hypervisor.memoryMiB;
  return { load: (hypervisor?.load ?? 0) + share, arriving: others.length };
}

function objection(host: HostFacts, { server, hosts, fitting, groups }: Snapshot, arrivals: Arrivals): string | null {
  if (host.forcedDown) return say("forced-down");
  if (!host.up) return say("down");
  if (!host.enabled) return say("disabled");
  const source = hostNamed(hosts, server.host);
  const [unsuited] = source ? hypervisorFindings(source, host) : [];
  if (unsuited) return say("unsuited-hypervisor", { versions: unsuited.value });
  if (fitting.known && fitting.gap === undefined && !fitting.value.includes(host.hypervisor?.id ?? ""))
    return say("full");
  const against = groups.known
    ? groups.value.find((group) => !groupAllows(moved(group, arrivals), host.host))
    : undefined;
  if (!against) return null;
  const { name: group, policy } = against;
  return policy === "affinity" ? say("away-from-members", { group }) : say("apart-from-member", { group });
}

/** The group with its members where they will be. */
const moved = (group: GroupFacts, arrivals: Arrivals): GroupFacts => ({
  ...group,
  members: group.members.map((member) => ({ ...member, host: arrivals.get(member.id)?.host ?? member.host })),
});
