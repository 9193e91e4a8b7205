import type { Cloud } from "../openstack/cloud.ts";
import type { Server } from "../openstack/server.ts";
import { byProvider, hostOf, toEntry, volumeState } from "./facts.ts";
import { once, permitted, told, type Sources } from "./sources.ts";
import { unknown, type GroupFacts, type HostFacts, type Known, type Snapshot } from "./snapshot.ts";

/** More entries than one server ever has unfinished. */
const MIGRATIONS = 5;

/** Every nova-compute host with its hypervisor. */
export async function allHosts({ compute }: Cloud): Promise<HostFacts[]> {
  const [services, hypervisors] = await Promise.all([
    compute.getServices({ binary: "nova-compute" }),
    compute.getHypervisors(),
  ]);
  return services.map((service) => hostOf(service, hypervisors));
}

/** What an earlier look has told and need not be asked for again. */
export interface Remembered {
  /** Read a moment ago. */
  server?: Server;
  /** Which hosts there are does not change while a server moves. */
  hosts?: Known<HostFacts[]>;
  /** Devices by volume. */
  devices?: ReadonlyMap<string, string | null>;
}

/** Asks for each server by itself: exact, at about a dozen requests a server. For one snapshot's worth of servers. */
export class AskedSources implements Sources {
  readonly #cloud: Cloud;
  readonly #remembered: Remembered;
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #allocations = new Map<string, Promise<Snapshot["allocations"]>>();

  constructor(cloud: Cloud, remembered: Remembered = {}) {
    this.#cloud = cloud;
    this.#remembered = remembered;
  }

  readonly hosts = once(async () => this.#remembered.hosts ?? (await permitted(() => allHosts(this.#cloud))));

  server(id: string): Promise<Server> {
    const { server } = this.#remembered;
    if (server?.id === id) return Promise.resolve(server);
    let asked = this.#servers.get(id);
    if (!asked) this.#servers.set(id, (asked = this.#cloud.compute.getServer(id)));
    return asked;
  }

  async attachedVolumes(id: string) {
    const { devices } = this.#remembered;
    // The server lists its volumes itself, but not as what devices.
    if (devices) {
      const { volumesAttached } = await this.server(id);
      return volumesAttached.map((volume) => ({ id: volume.id, device: devices.get(volume.id) ?? null }));
    }
    const attached = await this.#cloud.compute.getServerVolumeAttachments(id);
    return attached.map(({ volumeId, device }) => ({ id: volumeId, device: device ?? null }));
  }

  microversions() {
    return this.#cloud.compute.range();
  }

  migrations(instanceId: string) {
    return permitted(async () => {
      const wanted = { instanceId, migrationType: "live-migration", limit: MIGRATIONS };
      return (await this.#cloud.compute.getMigrations(wanted)).map(toEntry);
    });
  }

  volumes(ids: readonly string[]) {
    return told(async () => (await this.#cloud.blockStorage.getVolumes({ ids })).map(volumeState));
  }

  attachments(instanceId: string) {
    return told(async () => {
      const found = await this.#cloud.blockStorage.getAttachments({ instanceId, allProjects: true });
      return found.map(({ id, volumeId, status }) => ({ id, volumeId, status }));
    });
  }

  ports(deviceId: string) {
    return told(async () => {
      const found = await this.#cloud.network.getPorts({ deviceId });
      return found.map(({ id, bindingHostId, status }) => ({ id, host: bindingHostId ?? null, status }));
    });
  }

  allocations(consumer: string) {
    let held = this.#allocations.get(consumer);
    if (!held) {
      held = told(async () => byProvider(await this.#cloud.placement.getAllocations(consumer)));
      this.#allocations.set(consumer, held);
    }
    return held;
  }

  /** What the server holds now is what it needs there: volume-backed servers hold no root disk, extra specs are in. */
  async fitting(server: Server, host: string | null): Promise<Known<string[]>> {
    const [allocations, hosts] = await Promise.all([this.allocations(server.id), this.hosts()]);
    if (!allocations.known) return allocations;
    const held = Object.values(allocations.value);
    const [resources] = held;
    if (!resources || held.length > 1) {
      return unknown(`the server's resources are spread over ${held.length} providers`);
    }
    const target = hosts.known ? hosts.value.find((candidate) => candidate.host === host)?.hypervisor?.id : undefined;
    if (host !== null && target === undefined) return unknown(`no hypervisor of ${host} is visible`);
    return await told(async () => {
      const inTree = target === undefined ? {} : { inTree: target };
      const candidates = await this.#cloud.placement.getAllocationCandidates({ resources, ...inTree });
      return candidates.flatMap((candidate) => candidate.allocations.map(({ resourceProvider }) => resourceProvider));
    });
  }

  groups({ id: self, serverGroups }: Server): Promise<Known<GroupFacts[]>> {
    const { compute } = this.#cloud;
    return told(async () => {
      if (serverGroups === undefined) throw new RangeError("the compute API tells server groups from 2.71 on");
      return await Promise.all(
        serverGroups.map(async (id) => {
          const group = await compute.getServerGroup(id);
          if (!group) throw new RangeError(`the server group ${id} is not visible`);
          const others = group.members.filter((member) => member !== self);
          const members = await compute.getServers({ allProjects: true, ids: others });
          return {
            id,
            name: group.name,
            policy: group.policy,
            members: members.map((member) => ({ id: member.id, name: member.name, host: member.host ?? null })),
          };
        }),
      );
    });
  }
}
