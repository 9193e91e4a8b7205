import { fieldOf, type Skipped } from "../../openstack/http/answer.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import type { Server } from "../../openstack/compute/server.ts";
import { allHosts } from "./per-server-sources.ts";
import { toEntry, volumeState } from "./conversion.ts";
import { flavorResources } from "./flavor-resources.ts";
import { gapOf, once, readIfPermitted, readOrUnknown, UNREAD_FIX, type Sources } from "./sources.ts";
import { known, unknown, type GroupFacts, type Known, type MigrationEntry, type Snapshot } from "./snapshot.ts";

/**
 * Newest migrations of the cloud that are looked at, one page of Nova's largest. A server's older ones have ended, or
 * never will: the engine, which asks for each server's own, finds those before it acts.
 */
const MIGRATIONS = 1000;

const NOT_FOR_PLANNING = unknown("planning does not look at it");

/**
 * Facts about many servers from lists that all of them share, for planning: requests are bounded by the pages of the
 * lists and the number of different flavors, not by servers. Each list is asked for once, when it is first needed.
 */
export class BulkSources implements Sources {
  readonly #cloud: Cloud;
  /** What could not be read, of the lists that have been. */
  readonly #unread = { servers: [] as Skipped[], attachments: [] as Skipped[], groups: [] as Skipped[] };
  readonly #fitting = new Map<string, Promise<Known<string[]>>>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  readonly hosts = once(() => readIfPermitted((skipped) => allHosts(this.#cloud, skipped)));

  readonly #servers = once(async () => {
    const { compute } = this.#cloud;
    const skipped = this.#unread.servers;
    const servers = await compute.getServers({ allProjects: true, skipped }).catch((error: unknown) => {
      if (isStatus(error, 403)) return compute.getServers({ skipped });
      throw error;
    });
    return new Map(servers.map((server) => [server.id, server]));
  });

  readonly #migrations = once(() =>
    readIfPermitted(async () => {
      const found = await this.#cloud.compute.getMigrations({ migrationType: "live-migration", limit: MIGRATIONS });
      return Map.groupBy(found, ({ instanceUuid }) => instanceUuid);
    }),
  );

  readonly #volumes = once(() =>
    readOrUnknown(async (skipped) => {
      const found = await this.#cloud.blockStorage.getVolumes({ allProjects: true, skipped });
      return new Map(found.map((volume) => [volume.id, volumeState(volume)]));
    }),
  );

  readonly #attachments = once(() =>
    readOrUnknown(async () => {
      const skipped = this.#unread.attachments;
      const found = await this.#cloud.blockStorage.getAttachments({ allProjects: true, skipped });
      return Map.groupBy(found, ({ serverId }) => serverId);
    }),
  );

  readonly #groups = once(() =>
    readOrUnknown(() => this.#cloud.compute.getServerGroups({ allProjects: true, skipped: this.#unread.groups })),
  );

  async server(id: string): Promise<Server> {
    const server = (await this.#servers()).get(id);
    if (!server) {
      const { servers: skipped } = this.#unread;
      const own = skipped.filter(({ entry }) => fieldOf(entry, "id") === id);
      const gap = own.length > 0 ? own : skipped;
      throw new RangeError(gap.length > 0 ? gapOf(gap) : `no server ${id} is among those that this user may see`);
    }
    return server;
  }

  microversions() {
    return this.#cloud.compute.range();
  }

  async migrations(id: string): Promise<Known<MigrationEntry[]>> {
    const all = await this.#migrations();
    return all.known ? known((all.value.get(id) ?? []).map(toEntry)) : all;
  }

  /** Only of the few that are resized, migrated cold, or to be. */
  moves(instanceId: string): Promise<Known<MigrationEntry[]>> {
    return readIfPermitted(async () =>
      (await this.#cloud.compute.getMigrations({ instanceId, limit: 5 })).map(toEntry),
    );
  }

  async volumes(ids: readonly string[]) {
    const all = await this.#volumes();
    if (!all.known) return all;
    return known(
      ids.flatMap((id) => all.value.get(id) ?? []),
      all.gap,
    );
  }

  async attachments(id: string): Promise<Snapshot["attachments"]> {
    const all = await this.#attachments();
    if (!all.known) return all;
    // One that is not even known to be of another server is reported as skipped; the engine asks for each server's own.
    const own = this.#unread.attachments.filter(({ entry }) => fieldOf(entry, "instance") === id);
    if (own.length > 0) return unknown(gapOf(own), UNREAD_FIX);
    return known((all.value.get(id) ?? []).map((one) => ({ id: one.id, volumeId: one.volumeId, status: one.status })));
  }

  ports(): Promise<Snapshot["ports"]> {
    return Promise.resolve(NOT_FOR_PLANNING);
  }

  allocations(): Promise<Snapshot["allocations"]> {
    return Promise.resolve(NOT_FOR_PLANNING);
  }

  rootOf(): Promise<Known<string>> {
    return Promise.resolve(NOT_FOR_PLANNING);
  }

  /** As of a server's ports: the engine asks before it acts. */
  bindings(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  shares(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Servers of one flavor that boot in the same way need the same: asked for once, for all hosts together. */
  fitting({ flavor, image }: Server): Promise<Known<string[]>> {
    const resources = flavorResources({ ...flavor, rootGiB: flavor.diskGiB }, image);
    if (!resources.known) return Promise.resolve(resources);
    const key = JSON.stringify(resources.value);
    let fitting = this.#fitting.get(key);
    if (!fitting) {
      fitting = readOrUnknown(async (skipped) => {
        const wanted = { resources: resources.value };
        const candidates = await this.#cloud.placement.getAllocationCandidates(wanted, { skipped });
        return candidates.flatMap((candidate) => candidate.allocations.map(({ resourceProvider }) => resourceProvider));
      });
      this.#fitting.set(key, fitting);
    }
    return fitting;
  }

  /** A server's list entry does not name its groups (nova/api/openstack/compute/servers.py): the groups name it. */
  async groups({ id: self }: Server): Promise<Known<GroupFacts[]>> {
    const [groups, servers] = await Promise.all([this.#groups(), this.#servers()]);
    if (!groups.known) return groups;
    const own = groups.value.filter(({ members }) => members.includes(self));
    const unread = this.#unread.groups.filter(({ entry }) => [fieldOf(entry, "members")].flat().includes(self));
    // A member that is not listed may be one that cannot be read.
    if (own.some(({ members }) => members.some((member) => !servers.has(member)))) unread.push(...this.#unread.servers);
    if (unread.length > 0) return unknown(gapOf(unread));
    return known(
      own.map(({ id, name, policy, maxServerPerHost, members }) => ({
        id,
        name,
        policy,
        ...(maxServerPerHost !== undefined && { maxServerPerHost }),
        members: members
          .filter((member) => member !== self)
          .flatMap((member) => servers.get(member) ?? [])
          .map((member) => ({ id: member.id, name: member.name, host: member.host ?? null })),
      })),
    );
  }
}
