import { atLeast } from "../openstack/microversion.ts";
import { finding } from "./finding.ts";
import { hostNamed, type Destination } from "./destination.ts";
import type { Finding } from "./record.ts";
import type { MigrationRequest } from "./request.ts";
import type { GroupFacts, HostFacts, Snapshot } from "./snapshot.ts";

/** Statuses in which a server can be live-migrated (nova/compute/api.py live_migrate, check_instance_state). */
const MOVABLE = new Set(["ACTIVE", "PAUSED"]);

/** Flavor extra specs that ask for something of the host that no API shows to be free there. */
const HOST_BOUND_SPECS =
  /^(hw:(cpu_policy|numa|mem_page_size|cpu_realtime|pmem)|pci_passthrough:|accel:|resources:VGPU)/;

/**
 * Everything that stops the move, and all that its operator should know, at once. Pure.
 * The pin is judged apart ({@link ./method.ts}), for it decides how the move is asked for.
 */
export function preflight(request: MigrationRequest, snapshot: Snapshot, destination: Destination): Finding[] {
  return [
    ...serverFindings(snapshot),
    ...hostFindings(snapshot, destination),
    ...capacityFindings(snapshot, destination),
    ...groupFindings(snapshot, destination),
    ...volumeFindings(request, snapshot),
  ];
}

function serverFindings({ server, microversions, migrations }: Snapshot): Finding[] {
  const found: Finding[] = [];
  const { status, taskState, flavor } = server;
  if (!atLeast(microversions.max, "2.68")) found.push(finding("nova-too-old", { max: microversions.max }));
  if (taskState !== null) found.push(finding("server-busy", { taskState }));
  else if (!MOVABLE.has(status)) {
    found.push(
      finding("server-state", { status, vmState: server.vmState ?? "not visible", fault: server.fault ?? "" }),
    );
  }
  if (status === "PAUSED") found.push(finding("server-paused", {}));
  if (server.locked) {
    found.push(server.host === null ? finding("server-locked", { id: server.id }) : finding("server-locked-admin", {}));
  }
  if (server.image !== null) found.push(finding("not-volume-backed", { image: server.image }));
  const local = [
    flavor.ephemeralGiB > 0 && `an ephemeral disk of ${flavor.ephemeralGiB} GiB`,
    flavor.swapMiB > 0 && `swap of ${flavor.swapMiB} MiB`,
    server.configDrive && "a config drive",
  ].filter((what) => what !== false);
  if (local.length > 0) found.push(finding("local-disk", { what: local.join(" and ") }));
  const bound = Object.keys(flavor.extraSpecs).filter((spec) => HOST_BOUND_SPECS.test(spec));
  if (bound.length > 0) found.push(finding("numa-or-pci", { specs: bound.join(", ") }));
  const newest = migrations.known ? migrations.value[0] : undefined;
  if (taskState === null && newest && IN_FLIGHT.has(newest.status)) {
    found.push(finding("migration-in-flight", { migration: String(newest.id), status: newest.status }));
  }
  return found;
}

/** Statuses of a record whose migration has not ended (nova/compute/manager.py, see docs/architecture.md). */
export const IN_FLIGHT = new Set([
  "accepted",
  "queued",
  "preparing",
  "pre-migrating",
  "running",
  "running (post-copy)",
  "post-migrating",
]);

function hostFindings({ server, hosts }: Snapshot, destination: Destination): Finding[] {
  if (!hosts.known) {
    const code = server.host === null ? "no-migration-rights" : "hosts-not-visible";
    return [finding(code, { reason: hosts.reason })];
  }
  const source = hostNamed(hosts, server.host);
  const target = destination.host;
  return [
    ...(source && !source.up ? [finding("source-down", { host: source.host })] : []),
    ...(target ? targetFindings(target) : []),
    ...(source && target ? hypervisorFindings(source, target) : []),
  ];
}

function targetFindings({ host, up, enabled, forcedDown, disabledReason }: HostFacts): Finding[] {
  const found: Finding[] = [];
  if (forcedDown) found.push(finding("destination-forced-down", { host }));
  else if (!up) found.push(finding("destination-down", { host }));
  if (!enabled) found.push(finding("destination-disabled", { host, reason: disabledReason ?? "" }));
  return found;
}

/** Nova compares type and version itself (nova/conductor/tasks/live_migrate.py _check_compatible_with_source_hypervisor). */
function hypervisorFindings({ hypervisor: from }: HostFacts, { hypervisor: to }: HostFacts): Finding[] {
  if (!from || !to) return [];
  const found: Finding[] = [];
  if (from.type !== null && to.type !== null && from.type !== to.type) {
    found.push(finding("hypervisor-type", { source: from.type, destination: to.type }));
  }
  if (from.version !== null && to.version !== null && to.version < from.version) {
    found.push(finding("hypervisor-older", { source: String(from.version), destination: String(to.version) }));
  }
  return found;
}

function capacityFindings({ fitting, allocations }: Snapshot, { name, host }: Destination): Finding[] {
  if (!fitting.known) return [finding("capacity-not-checked", { reason: fitting.reason })];
  const provider = host?.hypervisor?.id;
  if (provider === undefined) {
    return [finding("capacity-not-checked", { reason: `no hypervisor of ${name} is visible` })];
  }
  if (fitting.value.includes(provider)) return [];
  const wanted = allocations.known ? Object.values(allocations.value)[0] : undefined;
  const resources = Object.entries(wanted ?? {}).map(([resource, amount]) => `${resource} ${amount}`);
  return [finding("destination-full", { host: name, resources: resources.join(", ") })];
}

function groupFindings({ groups, server }: Snapshot, { name }: Destination): Finding[] {
  if (!groups.known) return [finding("groups-not-checked", { reason: groups.reason })];
  return groups.value.flatMap((group) => groupFinding(group, name, server.host));
}

function groupFinding(group: GroupFacts, host: string, current: string | null): Finding[] {
  const names = (members: GroupFacts["members"]) => members.map((member) => member.name).join(", ");
  const there = group.members.filter((member) => member.host === host);
  const elsewhere = group.members.filter((member) => member.host !== null && member.host !== host);
  switch (group.policy) {
    case "anti-affinity":
      if (there.length === 0) return [];
      return [finding("group-anti-affinity", { group: group.name, members: names(there), host })];
    case "affinity":
      if (elsewhere.length === 0) return [];
      return [finding("group-affinity", { group: group.name, members: names(elsewhere), host })];
    case "soft-anti-affinity":
      if (there.length === 0) return [];
      return [finding("group-soft", { group: group.name, policy: group.policy, host })];
    case "soft-affinity":
      if (!elsewhere.some((member) => member.host === current)) return [];
      return [finding("group-soft", { group: group.name, policy: group.policy, host })];
    default:
      return [
        finding("groups-not-checked", { reason: `the policy ${group.policy} of ${group.name} is not known here` }),
      ];
  }
}

function volumeFindings(request: MigrationRequest, { server, volumes, attachments }: Snapshot): Finding[] {
  const attached = new Set(server.volumes.map(({ id }) => id));
  const found = (request.volumeIds ?? [])
    .filter((volume) => !attached.has(volume))
    .map((volume) => finding("volume-not-attached", { volume }));
  if (!volumes.known) return [...found, finding("volumes-not-visible", { reason: volumes.reason })];
  if (attachments.known) {
    const twice = [...attached].filter((id) => attachments.value.filter(({ volumeId }) => volumeId === id).length > 1);
    if (twice.length > 0) found.push(finding("attached-twice", { volumes: twice.join(", ") }));
  } else {
    found.push(finding("volumes-not-visible", { reason: attachments.reason }));
  }
  for (const volume of volumes.value) {
    const label = volume.name ? `${volume.name} (${volume.id})` : volume.id;
    if (volume.multiattach) found.push(finding("volume-multiattach", { volume: label }));
    const backend = volume.backendHost?.split("@")[0];
    if (backend !== undefined && backend === server.host) {
      found.push(finding("volume-node-local", { volume: label, backend }));
    }
  }
  return found;
}
