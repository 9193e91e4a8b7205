import type { Skipped } from "../../openstack/http/answer.ts";
import type { Volume } from "../../openstack/block-storage/block-storage.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { isNotFound, ProtocolError } from "../../openstack/http/errors.ts";
import type { Resources } from "../../openstack/placement/placement.ts";
import type { Server } from "../../openstack/compute/server.ts";
import { byProvider, hostOf, toEntry, unreadHosts, volumeState } from "./conversion.ts";
import { gapOf, once, onceEach, readIfPermitted, readOrUnknown, whole, type Sources } from "./sources.ts";
import {
  known,
  unknown,
  type GroupFacts,
  type HostFacts,
  type Known,
  type LeftoverBinding,
  type MigrationEntry,
  type Snapshot,
} from "./snapshot.ts";

/** Maximum number of volumes to ask for one by one, concurrently; more are found in a list. */
const VOLUMES_ONE_BY_ONE = 10;

/** More entries than one server ever has unfinished. */
const MIGRATIONS = 5;

/** Every nova-compute host with its hypervisor. @param skipped gets what has not even a host's name */
export async function allHosts({ compute }: Cloud, skipped: Skipped[]): Promise<HostFacts[]> {
  const unread: Skipped[] = [];
  const [services, hypervisors] = await Promise.all([
    compute.getServices({ binary: "nova-compute", skipped: unread }),
    compute.getHypervisors(),
  ]);
  const named = unreadHosts(unread, hypervisors);
  if (named.length < unread.length) skipped.push(...unread);
  return [...services.map((service) => hostOf(service, hypervisors)), ...named];
}

/** What an earlier snapshot has shown. */
export interface Remembered {
  /** Which hosts there are does not change while a server moves. */
  hosts?: Known<HostFacts[]>;
  /** The server's, newest first, read a moment ago. */
  migrations?: readonly MigrationEntry[];
  /** No decision depends on the facts: the newest migration may be unreadable. */
  onlyShown?: boolean;
}

/** One server at a time: exact, with about a dozen requests per server. One instance per snapshot. */
export class PerServerSources implements Sources {
  readonly #cloud: Cloud;
  readonly #remembered: Remembered;
  readonly #fitting = new Map<string, Promise<Known<string[]>>>();

  constructor(cloud: Cloud, remembered: Remembered = {}) {
    this.#cloud = cloud;
    this.#remembered = remembered;
  }

  /**
   * Asks already for all of a snapshot that the server's own answer is not needed for: Nova takes its time over it.
   *
   * @param volumes Likely ones; those that Cinder has attached, unless given.
   * @param host As of a plan's scope: what only a plan needs is asked too; absent: it is not.
   */
  prefetch(id: string, { volumes, host }: { volumes?: readonly string[]; host?: string | null } = {}): void {
    const asked = [this.server, this.migrations, this.attachments, this.ports, this.allocations].map((ask) => ask(id));
    const likely = volumes ? this.#few(volumes) : this.attachments(id).then((found) => this.#attached(found));
    const planned = host === undefined ? [] : [this.fitting({ id }, host), this.bindings(id, host), this.shares(id)];
    for (const answer of [...asked, this.hosts(), likely, ...planned]) {
      // Whoever comes to need it gets the error.
      answer.catch(() => undefined);
    }
  }

  #attached(found: Snapshot["attachments"]) {
    return found.known ? this.#few([...new Set(found.value.map(({ volumeId }) => volumeId))]) : [];
  }

  /** One by one, unless they are many. */
  async #few(ids: readonly string[]): Promise<Volume[]> {
    return ids.length <= VOLUMES_ONE_BY_ONE ? (await Promise.all(ids.map(this.#volume))).flat() : [];
  }

  readonly hosts = once(
    async () => this.#remembered.hosts ?? (await readIfPermitted((skipped) => allHosts(this.#cloud, skipped))),
  );

  readonly server = onceEach((id) => this.#cloud.compute.getServer(id));

  microversions() {
    return this.#cloud.compute.range();
  }

  readonly migrations = onceEach((instanceId) =>
    this.#entries(async () => {
      if (this.#remembered.migrations) return [...this.#remembered.migrations];
      const wanted = { instanceId, migrationType: "live-migration", limit: MIGRATIONS };
      return (await this.#cloud.compute.getMigrations(wanted)).map(toEntry);
    }),
  );

  readonly moves = onceEach((instanceId) =>
    this.#entries(async () =>
      (await this.#cloud.compute.getMigrations({ instanceId, limit: MIGRATIONS })).map(toEntry),
    ),
  );

  #entries(read: () => Promise<MigrationEntry[]>): Promise<Known<MigrationEntry[]>> {
    return readIfPermitted(read).catch((error: unknown) => {
      // The list has already reported the entry.
      if (this.#remembered.onlyShown === true && error instanceof ProtocolError) return unknown(error.message);
      throw error;
    });
  }

  readonly #volume = onceEach((id) => this.#cloud.blockStorage.getVolumes({ ids: [id] }));

  volumes(ids: readonly string[]) {
    return readOrUnknown(async (skipped) => {
      const few = ids.length <= VOLUMES_ONE_BY_ONE;
      return (await (few ? this.#few(ids) : this.#cloud.blockStorage.getVolumes({ ids, skipped }))).map(volumeState);
    });
  }

  readonly attachments = onceEach(async (instanceId) =>
    whole(
      await readOrUnknown(async (skipped) => {
        const found = await this.#cloud.blockStorage.getAttachments({ instanceId, allProjects: true, skipped });
        return found.map(({ id, volumeId, status }) => ({ id, volumeId, status }));
      }),
    ),
  );

  readonly ports = onceEach(async (deviceId) =>
    whole(
      await readOrUnknown(async (skipped) => {
        const found = await this.#cloud.network.getPorts({ deviceId, skipped });
        // "" is Neutron's word for a port that is bound to no host.
        return found.map(({ id, bindingHostId, status, vnicType }) => ({
          id,
          host: bindingHostId ?? null,
          status,
          ...(vnicType !== undefined && { vnicType }),
        }));
      }),
    ),
  );

  readonly shares = onceEach((id) => readOrUnknown(() => this.#cloud.compute.getShares(id)));

  readonly #bindings = onceEach((portId) =>
    readOrUnknown(async () => {
      const { network } = this.#cloud;
      const found = await network.getPortBindings(portId).catch((error: unknown) => {
        // Neutron without the extension, which Nova then does without; or the port is gone.
        if (isNotFound(error)) return [];
        throw error;
      });
      const inactive = found.filter(({ status }) => status === "INACTIVE");
      return await Promise.all(
        inactive.map(async ({ host }) => ({ portId, host, url: await network.portBindingUrl(portId, host) })),
      );
    }),
  );

  async bindings(id: string, host: string | null): Promise<Known<LeftoverBinding[]>> {
    const ports = await this.ports(id);
    if (!ports.known) return ports;
    const elsewhere = ports.value.filter((port) => port.host !== host);
    const answers = await Promise.all(elsewhere.map((port) => this.#bindings(port.id)));
    const hidden = answers.find((answer) => !answer.known);
    return hidden ?? known(answers.flatMap((answer) => (answer.known ? answer.value : [])));
  }

  readonly allocations = onceEach((consumer) =>
    readOrUnknown(async () => byProvider(await this.#cloud.placement.getAllocations(consumer))),
  );

  readonly rootOf = onceEach((provider) =>
    readOrUnknown(async () => {
      const tree = await this.#cloud.placement.getResourceProviders({ inTree: provider });
      const found = tree.find(({ uuid }) => uuid === provider);
      if (!found) throw new RangeError(`Placement does not show the resource provider ${provider}`);
      return found.root ?? provider;
    }),
  );

  fitting({ id }: Pick<Server, "id">, host: string | null): Promise<Known<string[]>> {
    const key = `${id} on ${host ?? "any host"}`;
    let fitting = this.#fitting.get(key);
    if (!fitting) this.#fitting.set(key, (fitting = this.#askFitting(id, host)));
    return fitting;
  }

  /**
   * What the server holds now is what it needs there: volume-backed servers hold no root disk, extra specs are in. What
   * it holds of providers below its host's (such as guaranteed bandwidth) is asked for in groups of their own, each to
   * be held of one provider again. Nova may divide them otherwise: that they find no place is no proof.
   */
  async #askFitting(id: string, host: string | null): Promise<Known<string[]>> {
    const [allocations, hosts] = await Promise.all([this.allocations(id), this.hosts()]);
    if (!allocations.known) return allocations;
    const held = Object.values(allocations.value);
    const own = held.find((resources) => "MEMORY_MB" in resources) ?? held[0];
    if (!own) return unknown("Placement holds nothing for the server");
    const target = hosts.known ? hosts.value.find((candidate) => candidate.host === host)?.hypervisor?.id : undefined;
    if (host !== null && target === undefined) return unknown(`no hypervisor of ${host} is visible`);
    const inTree = target === undefined ? {} : { inTree: target };
    const ask = (groups: Resources[]) =>
      readOrUnknown(async (skipped) => {
        const candidates = await this.#cloud.placement.getAllocationCandidates(
          { resources: own, groups, ...inTree },
          { skipped },
        );
        return candidates.flatMap((candidate) => candidate.allocations.map(({ resourceProvider }) => resourceProvider));
      });
    const nested = held.filter((resources) => resources !== own);
    const [alone, all] = await Promise.all([ask([]), nested.length > 0 ? ask(nested) : null]);
    if (all === null || !alone.known || alone.value.length === 0) return alone;
    if (!all.known || all.value.length > 0 || all.gap !== undefined) return all;
    const resources = nested.flatMap((group) => Object.entries(group).map(([name, amount]) => `${name} ${amount}`));
    return unknown(
      `Placement finds room for its memory and CPUs on ${host ?? "any host"}, but no place for ${resources.join(", ")} beside them`,
    );
  }

  groups({ id: self, serverGroups }: Server): Promise<Known<GroupFacts[]>> {
    const { compute } = this.#cloud;
    return readOrUnknown(async () => {
      if (serverGroups === undefined) throw new RangeError("the compute API reports server groups from 2.71 on");
      return await Promise.all(
        serverGroups.map(async (id) => {
          const group = await compute.getServerGroup(id);
          if (!group) throw new RangeError(`the server group ${id} is not visible`);
          const others = group.members.filter((member) => member !== self);
          const skipped: Skipped[] = [];
          const members = await compute.getServers({ allProjects: true, ids: others, skipped });
          if (skipped.length > 0 && members.length < others.length) throw new RangeError(gapOf(skipped));
          return {
            id,
            name: group.name,
            policy: group.policy,
            ...(group.maxServerPerHost !== undefined && { maxServerPerHost: group.maxServerPerHost }),
            members: members.map((member) => ({ id: member.id, name: member.name, host: member.host ?? null })),
          };
        }),
      );
    });
  }
}
