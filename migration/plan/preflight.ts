import { atLeast } from "../../openstack/http/microversion.ts";
import { because } from "../cloud/unknown-facts.ts";
import { finding } from "./findings/finding.ts";
import { type Destination } from "./destination.ts";
import { hostNamed } from "../cloud/places.ts";
import { groupFindings } from "./server-group-rules.ts";
import { hypervisorFindings } from "./hypervisor.ts";
import type { Finding } from "../contract/record.ts";
import { novaRuleFindings } from "./nova-rules.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { HostFacts, Snapshot } from "../cloud/snapshot.ts";
import { unfinishedWhileIdle } from "../cloud/migration-status.ts";
import { say } from "../words.ts";
import { MOVABLE } from "./server-state.ts";

/** Flavor extra specs that ask for something of the host that no API shows to be free there. */
const HOST_BOUND_SPECS = /^(hw:(cpu_policy|numa|mem_page_size|cpu_realtime|pmem)|pci_passthrough:|resources:VGPU)/;

/**
 * Everything that stops the move, and all that its operator should know, at once. Pure.
 * The pin is judged apart ({@link ./method.ts}), for it decides how the move is asked for.
 */
export function preflight(request: MigrationRequest, snapshot: Snapshot, destination: Destination): Finding[] {
  return [
    ...serverFindings(snapshot),
    ...novaRuleFindings(snapshot),
    ...staleFindings(snapshot),
    ...hostFindings(snapshot, destination),
    ...capacityFindings(snapshot, destination),
    ...groupFindings(snapshot, destination.name),
    ...bindingFindings(snapshot, destination),
    ...volumeFindings(request, snapshot),
  ];
}

function serverFindings({ server, microversions }: Snapshot): Finding[] {
  const found: Finding[] = [];
  const { status, taskState, flavor } = server;
  if (!atLeast(microversions.max, "2.68")) found.push(finding("nova-too-old", { max: microversions.max }));
  if (taskState !== null) found.push(finding("server-busy", { taskState }));
  else if (!MOVABLE.has(status)) {
    found.push(
      finding("server-state", { status, vmState: server.vmState ?? "not visible", fault: server.fault ?? "" }),
    );
  }
  if (status === "PAUSED") found.push(finding("server-paused"));
  if (server.locked) {
    found.push(server.host === null ? finding("server-locked", { id: server.id }) : finding("server-locked-admin"));
  }
  if (server.image !== null) found.push(finding("not-volume-backed", { image: server.image }));
  const local = [
    flavor.ephemeralGiB > 0 && say("ephemeral-disk", { gib: String(flavor.ephemeralGiB) }),
    flavor.swapMiB > 0 && say("swap", { mib: String(flavor.swapMiB) }),
    server.configDrive && say("config-drive"),
  ].filter((what) => what !== false);
  if (local.length > 0) found.push(finding("local-disk", { what: local.join(" and ") }));
  const bound = Object.keys(flavor.extraSpecs ?? {}).filter((spec) => HOST_BOUND_SPECS.test(spec));
  if (bound.length > 0) found.push(finding("numa-or-pci", { specs: bound.join(", ") }));
  return found;
}

/** Left by a service that died. Once Cinder rules out a guest in two places, it is history. */
function staleFindings(snapshot: Snapshot): Finding[] {
  const ending = unfinishedWhileIdle(snapshot);
  if (ending.state !== "stale") return [];
  const { id, status } = ending.migration;
  const code = snapshot.attachments.known ? "migration-stale" : "migration-in-flight";
  return [finding(code, { migration: String(id), status })];
}

function hostFindings({ server, hosts }: Snapshot, destination: Destination): Finding[] {
  if (!hosts.known) {
    const code = server.host === null ? "no-migration-rights" : "hosts-not-visible";
    return [finding(code, { reason: hosts.reason })];
  }
  const source = hostNamed(hosts, server.host);
  const target = destination.host;
  return [
    ...(source?.unread !== undefined ? unreadFindings("server", source.host, source.unread) : []),
    ...(source && !source.up && source.unread === undefined ? [finding("source-down", { host: source.host })] : []),
    ...(target ? targetFindings(target) : []),
    ...(source && target ? hypervisorFindings(source, target) : []),
  ];
}

const unreadFindings = (path: string, host: string, reason: string) => [
  finding("compute-unread", { path, host, reason }),
];

function targetFindings({ host, up, enabled, forcedDown, disabledReason, unread }: HostFacts): Finding[] {
  if (unread !== undefined) return unreadFindings("host", host, unread);
  const found: Finding[] = [];
  if (forcedDown) found.push(finding("destination-forced-down", { host }));
  else if (!up) found.push(finding("destination-down", { host }));
  if (!enabled) found.push(finding("destination-disabled", { host, reason: disabledReason ?? "" }));
  return found;
}

function capacityFindings({ fitting, allocations, server }: Snapshot, { name, host }: Destination): Finding[] {
  if (!fitting.known) return [finding("capacity-not-checked", { reason: fitting.reason })];
  const provider = host?.hypervisor?.id;
  if (provider === undefined) {
    return [finding("capacity-not-checked", { reason: because("hypervisor-hidden", { host: name }) })];
  }
  if (fitting.value.includes(provider)) return [];
  if (fitting.gap !== undefined) return [finding("capacity-not-checked", { reason: fitting.gap })];
  const { vcpus, ramMiB } = server.flavor;
  const wanted = allocations.known ? Object.values(allocations.value)[0] : { VCPU: vcpus, MEMORY_MB: ramMiB };
  const resources = Object.entries(wanted ?? {}).map(([resource, amount]) => `${resource} ${amount}`);
  return [finding("destination-full", { host: name, resources: resources.join(", ") })];
}

/** Nova makes a binding of each port to the destination before the move, and Neutron refuses a second one. */
function bindingFindings({ bindings }: Snapshot, { name }: Destination): Finding[] {
  const there = bindings?.known ? bindings.value.filter(({ host }) => host === name) : [];
  return there.map(({ portId, host, url }) => finding("leftover-binding", { port: portId, host, url }));
}

/**
 * Nova makes a second attachment of each volume for the destination, which Cinder refuses in every other status
 * (cinder/volume/api.py attachment_create and _attachment_reserve).
 */
const MOVABLE_VOLUME = new Set(["in-use", "reserved", "available", "downloading"]);

function volumeFindings(request: MigrationRequest, { server, volumes, attachments }: Snapshot): Finding[] {
  const attached = new Set(server.volumes.map(({ id }) => id));
  const found = (request.volumeIds ?? [])
    .filter((volume) => !attached.has(volume))
    .map((volume) => finding("volume-not-attached", { volume }));
  const others = [...attached].filter((id) => !(request.volumeIds ?? [...attached]).includes(id));
  if (others.length > 0) found.push(finding("volume-unexpected", { volumes: others.join(", ") }));
  if (!volumes.known) found.push(finding("volumes-not-visible", { reason: volumes.reason }));
  if (attachments.known) {
    const twice = [...attached].filter((id) => attachments.value.filter(({ volumeId }) => volumeId === id).length > 1);
    if (twice.length > 0) found.push(finding("attached-twice", { volumes: twice.join(", ") }));
  } else if (volumes.known) {
    found.push(finding("volumes-not-visible", { reason: attachments.reason }));
  }
  for (const volume of volumes.known ? volumes.value : []) {
    const label = volume.name ? `${volume.name} (${volume.id})` : volume.id;
    if (!MOVABLE_VOLUME.has(volume.status)) {
      found.push(finding("volume-busy", { volume: label, status: volume.status }));
    }
    if (volume.multiattach) found.push(finding("volume-multiattach", { volume: label }));
    const backend = volume.backendHost?.split("@")[0];
    if (backend !== undefined && backend === server.host) {
      found.push(finding("volume-node-local", { volume: label, backend }));
    }
  }
  return found;
}
