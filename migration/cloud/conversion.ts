import { fieldOf, type Skipped } from "../../openstack/http/answer.ts";
import type { Volume } from "../../openstack/block-storage/block-storage.ts";
import type { ComputeService, Hypervisor } from "../../openstack/compute/compute-hosts.ts";
import type { Allocation } from "../../openstack/placement/placement.ts";
import type { Migration } from "../../openstack/compute/server-migration.ts";
import type { Server } from "../../openstack/compute/server.ts";
import type { HostFacts, MigrationEntry, ServerFacts, VolumeState } from "./snapshot.ts";

/** nova/compute/power_state.py */
const RUNNING = 1;

export function serverFacts(
  server: Server,
  volumes: ServerFacts["volumes"],
  reportsPin: boolean = server.pinnedAvailabilityZone !== undefined,
): ServerFacts {
  const pinned = server.pinnedAvailabilityZone;
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    taskState: server.taskState,
    vmState: server.vmState ?? null,
    ...(server.powerState !== undefined && { running: server.powerState === RUNNING }),
    locked: server.locked ?? null,
    host: server.host ?? null,
    hostId: server.hostId,
    hypervisorHostname: server.hypervisorHostname ?? null,
    availabilityZone: server.availabilityZone ?? null,
    projectId: server.projectId,
    pin:
      reportsPin && pinned !== undefined
        ? { known: true, zone: pinned }
        : { known: false, reason: "the compute API reports the pinned zone from 2.96 on" },
    image: server.image,
    configDrive: server.configDrive,
    ...(server.rootDevice !== undefined && { rootDevice: server.rootDevice }),
    flavor: {
      vcpus: server.flavor.vcpus,
      ramMiB: server.flavor.ramMiB,
      rootGiB: server.flavor.diskGiB,
      ephemeralGiB: server.flavor.ephemeralGiB,
      swapMiB: server.flavor.swapMiB,
      extraSpecs: server.flavor.extraSpecs,
    },
    volumes,
    addresses: server.addresses.map(({ address, version, type }) => ({
      address,
      version,
      floating: type === "floating",
    })),
    fault: server.fault ?? null,
    updatedAt: server.updated ?? null,
  };
}

export const toEntry = (migration: Migration): MigrationEntry => ({
  id: migration.id,
  ...(migration.type !== undefined && { type: migration.type }),
  uuid: migration.uuid ?? null,
  status: migration.status,
  sourceCompute: migration.sourceCompute ?? null,
  destCompute: migration.destCompute ?? null,
  createdAt: migration.createdAt ?? null,
  updatedAt: migration.updatedAt ?? null,
});

export const hostOf = (service: ComputeService, hypervisors: readonly Hypervisor[]): HostFacts => ({
  host: service.host,
  availabilityZone: service.zone,
  up: service.state === "up",
  enabled: service.status === "enabled",
  disabledReason: service.disabledReason ?? null,
  forcedDown: service.forcedDown ?? false,
  hypervisor: hypervisorOf(service.host, hypervisors),
});

function hypervisorOf(host: string, hypervisors: readonly Hypervisor[]): HostFacts["hypervisor"] {
  const found = hypervisors.find(({ serviceHost }) => serviceHost === host);
  if (!found) return null;
  const { memoryMiB, memoryUsedMiB, cpuInfo } = found;
  return {
    id: found.id,
    hostname: found.hypervisorHostname,
    type: found.hypervisorType ?? null,
    version: found.hypervisorVersion ?? null,
    load: memoryMiB && memoryUsedMiB !== undefined ? memoryUsedMiB / memoryMiB : null,
    ...(memoryMiB && { memoryMiB }),
    ...(cpuInfo && { cpu: { vendor: cpuInfo.vendor, features: cpuInfo.features } }),
  };
}

/** What is known of hosts whose services cannot be read, as far as these have the host's name. */
export const unreadHosts = (skipped: readonly Skipped[], hypervisors: readonly Hypervisor[]): HostFacts[] =>
  skipped.flatMap(({ entry, problem }) => {
    const host = fieldOf(entry, "host");
    if (typeof host !== "string") return [];
    const hypervisor = hypervisorOf(host, hypervisors);
    const unknown = { availabilityZone: null, disabledReason: null };
    return { ...unknown, host, up: false, enabled: true, forcedDown: false, hypervisor, unread: problem };
  });

export const volumeState = (volume: Volume): VolumeState => ({
  ...(volume.imageProperties && { imageProperties: volume.imageProperties }),
  id: volume.id,
  name: volume.name === "" ? null : volume.name,
  sizeGiB: volume.sizeGiB,
  bootable: volume.bootable,
  status: volume.status,
  multiattach: volume.multiattach,
  encrypted: volume.encrypted ?? false,
  availabilityZone: volume.availabilityZone ?? null,
  backendHost: volume.host ?? null,
  // A volume can be attached to a host itself.
  attachments: volume.attachments.flatMap(({ serverId, hostName, device }) =>
    serverId === null ? [] : { serverId, host: hostName ?? null, ...(device !== undefined && { device }) },
  ),
});

export const byProvider = (allocations: Allocation[]) =>
  Object.fromEntries(allocations.map(({ resourceProvider, resources }) => [resourceProvider, { ...resources }]));
