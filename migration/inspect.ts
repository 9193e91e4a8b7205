import type { Cloud } from "../openstack/cloud.ts";
import type { ComputeService, Hypervisor } from "../openstack/compute-hosts.ts";
import type { Volume } from "../openstack/block-storage.ts";
import { HttpError, OpenStackError, isStatus } from "../openstack/errors.ts";
import { atLeast } from "../openstack/microversion.ts";
import type { Allocation } from "../openstack/placement.ts";
import type { Migration } from "../openstack/server-migration.ts";
import type { Server } from "../openstack/server.ts";
import type { SnapshotScope } from "./edge.ts";
import {
  known,
  unknown,
  type GroupFacts,
  type HostFacts,
  type Known,
  type MigrationEntry,
  type ServerFacts,
  type Snapshot,
  type VolumeState,
} from "./snapshot.ts";

/** More entries than one server ever has unfinished. */
const MIGRATIONS = 5;

/** What an earlier look has told and need not be asked for again. */
export interface Remembered {
  /** Read a moment ago. */
  server?: Server;
  /** Which hosts there are does not change while a server moves. */
  hosts?: Known<HostFacts[]>;
  /** Devices by volume. */
  devices?: ReadonlyMap<string, string | null>;
}

/**
 * One snapshot of everything about one server, in few requests, most of them at the same time. What this user may not
 * see, and what another service than Nova fails to tell, becomes unknown with its reason.
 *
 * @throws OpenStackError if Nova itself does not tell of the server.
 */
export async function inspect(
  cloud: Cloud,
  serverId: string,
  scope: SnapshotScope,
  remembered: Remembered = {},
): Promise<Snapshot> {
  const { compute, network, placement, blockStorage } = cloud;
  const takenAt = Date.now();
  const [server, attached, microversions, hosts, migrations, attachments, ports, allocations] = await Promise.all([
    remembered.server ?? compute.getServer(serverId),
    remembered.devices ? null : compute.getServerVolumeAttachments(serverId),
    compute.range(),
    remembered.hosts ?? permitted(() => hostFacts(cloud)),
    permitted(async () => {
      const found = await compute.getMigrations({
        instanceId: serverId,
        migrationType: "live-migration",
        limit: MIGRATIONS,
      });
      return found.map(toEntry);
    }),
    told(async () => {
      const found = await blockStorage.getAttachments({ instanceId: serverId, allProjects: true });
      return found.map(({ id, volumeId, status }) => ({ id, volumeId, status }));
    }),
    told(async () => {
      const found = await network.getPorts({ deviceId: serverId });
      return found.map(({ id, bindingHostId, status }) => ({ id, host: bindingHostId ?? null, status }));
    }),
    told(async () => byProvider(await placement.getAllocations(serverId))),
  ]);
  // The server lists its volumes itself, but not as what devices.
  const listed = attached
    ? attached.map(({ volumeId, device }) => ({ id: volumeId, device: device ?? null }))
    : server.volumesAttached.map(({ id }) => ({ id, device: remembered.devices?.get(id) ?? null }));
  const volumeIds = listed.map(({ id }) => id);
  const [volumes, fitting, groups, migrationAllocations] = await Promise.all([
    told(async () => (await blockStorage.getVolumes({ ids: volumeIds })).map(volumeState)),
    scope.purpose === "plan" ? fittingProviders(cloud, scope.host, hosts, allocations) : unknown("not asked again"),
    scope.purpose === "plan" ? told(() => groupFacts(cloud, server)) : unknown("not asked again"),
    scope.purpose === "verify" && scope.migrationUuid !== null ? heldBy(cloud, scope.migrationUuid) : null,
  ]);
  return {
    takenAt,
    microversions,
    server: serverFacts(server, listed, atLeast(microversions.max, "2.96")),
    hosts,
    migrations,
    volumes: oneOfEach(volumes, volumeIds),
    attachments,
    ports,
    allocations,
    migrationAllocations,
    fitting,
    groups,
  };
}

/** 403 becomes unknown; anything else is for the caller. For Nova, without which nothing can be decided. */
async function permitted<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await read());
  } catch (error) {
    if (isStatus(error, 403)) return unknown(error.reason);
    throw error;
  }
}

/** Whatever goes wrong becomes unknown with its reason. For the other services. */
async function told<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await read());
  } catch (error) {
    if (error instanceof HttpError) return unknown(`${error.service} answers ${error.status}: ${error.reason}`);
    if (error instanceof OpenStackError || error instanceof RangeError) return unknown(error.message);
    throw error;
  }
}

/** A volume that Cinder does not show is not "not attached", but not visible. */
function oneOfEach(volumes: Known<VolumeState[]>, ids: string[]): Known<VolumeState[]> {
  if (!volumes.known) return volumes;
  const missing = ids.filter((id) => !volumes.value.some((volume) => volume.id === id));
  return missing.length === 0 ? volumes : unknown(`Cinder does not show ${missing.join(", ")} to this user`);
}

export function serverFacts(
  server: Server,
  volumes: ServerFacts["volumes"],
  pinIsTold: boolean = server.pinnedAvailabilityZone !== undefined,
): ServerFacts {
  const pinned = server.pinnedAvailabilityZone;
  return {
    id: server.id,
    name: server.name,
    status: server.status,
    taskState: server.taskState,
    vmState: server.vmState ?? null,
    locked: server.locked ?? null,
    host: server.host ?? null,
    hostId: server.hostId,
    hypervisorHostname: server.hypervisorHostname ?? null,
    availabilityZone: server.availabilityZone ?? null,
    projectId: server.projectId,
    pin:
      pinIsTold && pinned !== undefined
        ? { known: true, zone: pinned }
        : { known: false, reason: "the compute API tells the pinned zone from 2.96 on" },
    image: server.image,
    configDrive: server.configDrive,
    flavor: {
      vcpus: server.flavor.vcpus,
      ramMiB: server.flavor.ramMiB,
      ephemeralGiB: server.flavor.ephemeralGiB,
      swapMiB: server.flavor.swapMiB,
      extraSpecs: { ...server.flavor.extraSpecs },
    },
    volumes,
    addresses: server.addresses.map(({ address, version, type }) => ({
      address,
      version,
      floating: type === "floating",
    })),
    fault: server.fault?.message ?? null,
  };
}

export const toEntry = (migration: Migration): MigrationEntry => ({
  id: migration.id,
  uuid: migration.uuid ?? null,
  status: migration.status,
  sourceCompute: migration.sourceCompute ?? null,
  destCompute: migration.destCompute ?? null,
  createdAt: migration.createdAt,
  updatedAt: migration.updatedAt ?? null,
});

async function hostFacts({ compute }: Cloud): Promise<HostFacts[]> {
  const [services, hypervisors] = await Promise.all([
    compute.getServices({ binary: "nova-compute" }),
    compute.getHypervisors(),
  ]);
  return services.map((service) => hostOf(service, hypervisors));
}

function hostOf(service: ComputeService, hypervisors: Hypervisor[]): HostFacts {
  const hypervisor = hypervisors.find(({ serviceHost }) => serviceHost === service.host);
  const { memoryMiB, memoryUsedMiB } = hypervisor ?? {};
  return {
    host: service.host,
    availabilityZone: service.zone,
    up: service.state === "up",
    enabled: service.status === "enabled",
    disabledReason: service.disabledReason ?? null,
    forcedDown: service.forcedDown ?? false,
    hypervisor: hypervisor
      ? {
          id: hypervisor.id,
          hostname: hypervisor.hypervisorHostname,
          type: hypervisor.hypervisorType,
          version: hypervisor.hypervisorVersion,
          load: memoryMiB && memoryUsedMiB !== undefined ? memoryUsedMiB / memoryMiB : null,
        }
      : null,
  };
}

const volumeState = (volume: Volume): VolumeState => ({
  id: volume.id,
  name: volume.name === "" ? null : volume.name,
  sizeGiB: volume.sizeGiB,
  bootable: volume.bootable,
  status: volume.status,
  multiattach: volume.multiattach,
  encrypted: volume.encrypted ?? false,
  availabilityZone: volume.availabilityZone ?? null,
  backendHost: volume.host ?? null,
  attachments: volume.attachments.map(({ serverId, hostName }) => ({ serverId, host: hostName ?? null })),
});

const byProvider = (allocations: Allocation[]) =>
  Object.fromEntries(allocations.map(({ resourceProvider, resources }) => [resourceProvider, { ...resources }]));

/** What the server holds now is what it needs there: volume-backed servers hold no root disk, extra specs are in. */
async function fittingProviders(
  { placement }: Cloud,
  host: string | null,
  hosts: Known<HostFacts[]>,
  allocations: Snapshot["allocations"],
): Promise<Known<string[]>> {
  if (!allocations.known) return allocations;
  const held = Object.values(allocations.value);
  const [resources] = held;
  if (!resources || held.length > 1) {
    return unknown(`the server's resources are spread over ${held.length} providers`);
  }
  const target = hosts.known ? hosts.value.find((candidate) => candidate.host === host)?.hypervisor?.id : undefined;
  if (host !== null && target === undefined) return unknown(`no hypervisor of ${host} is visible`);
  return await told(async () => {
    const candidates = await placement.getAllocationCandidates({ resources, ...(target && { inTree: target }) });
    return candidates.flatMap((candidate) => candidate.allocations.map(({ resourceProvider }) => resourceProvider));
  });
}

async function groupFacts({ compute }: Cloud, server: Server): Promise<GroupFacts[]> {
  if (server.serverGroups === undefined) throw new RangeError("the compute API tells server groups from 2.71 on");
  return await Promise.all(
    server.serverGroups.map(async (id) => {
      const group = await compute.getServerGroup(id);
      if (!group) throw new RangeError(`the server group ${id} is not visible`);
      const others = group.members.filter((member) => member !== server.id);
      const members = await compute.getServers({ allProjects: true, ids: others });
      return {
        id,
        name: group.name,
        policy: group.policy,
        members: members.map((member) => ({ id: member.id, name: member.name, host: member.host ?? null })),
      };
    }),
  );
}

/** Allocations that a migration itself holds, under its own uuid. */
const heldBy = ({ placement }: Cloud, migrationUuid: string): Promise<Snapshot["allocations"]> =>
  told(async () => byProvider(await placement.getAllocations(migrationUuid)));
