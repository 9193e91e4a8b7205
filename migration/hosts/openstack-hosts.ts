import type { Skipped } from "../../openstack/http/answer.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { HostMaintenance, hypervisorStates } from "../../openstack/compute/host-maintenance.ts";
import { isNotFound, isStatus } from "../../openstack/http/errors.ts";
import type { Resources } from "../../openstack/placement/placement.ts";
import { BulkSources } from "../cloud/bulk-sources.ts";
import type { Answer } from "../cloud/cloud-api.ts";
import { hostOf, serverFacts, toEntry, unreadHosts } from "../cloud/conversion.ts";
import { takeSnapshot } from "../cloud/inspect.ts";
import { answerOf, withCloudErrors } from "../cloud/openstack-cloud.ts";
import { gapOf, readOrUnknown } from "../cloud/sources.ts";
import type { Known, ServerFacts, Snapshot } from "../cloud/snapshot.ts";
import { CloudLost } from "../contract/failure.ts";
import { message } from "../message.ts";
import type {
  HostAgent,
  HostMigration,
  Holders,
  HostsCloud,
  HostService,
  Listed,
  Readiness,
  RoomOf,
} from "./hosts-cloud.ts";

/** The least that a server takes: a host without it has no room for any. */
const LEAST = { VCPU: 1, MEMORY_MB: 1 };

const listed = <T>(entries: T[], skipped: readonly Skipped[]): Listed<T> => ({
  entries,
  ...(skipped.length > 0 && { gap: gapOf(skipped) }),
});

/** {@link HostsCloud} over the real APIs. */
export class OpenStackHosts implements HostsCloud {
  readonly #cloud: Cloud;
  readonly #maintenance: HostMaintenance;
  #ofMoves = 0;
  /** Hosts with more than one hypervisor, as of bare metal: each has a provider of its own. */
  #several: ReadonlySet<string> = new Set();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#maintenance = new HostMaintenance(cloud);
  }

  services(): Promise<Listed<HostService>> {
    return this.#asAdministrator("list compute services", async () => {
      const { compute } = this.#cloud;
      const unread: Skipped[] = [];
      const [services, hypervisors] = await Promise.all([
        compute.getServices({ binary: "nova-compute", skipped: unread }),
        compute.getHypervisors(),
      ]);
      const byHost = Map.groupBy(hypervisors, ({ serviceHost }) => serviceHost);
      this.#several = new Set([...byHost].filter(([, nodes]) => nodes.length > 1).map(([name]) => name));
      const readable = services.map((service): HostService => ({
        ...hostOf(service, hypervisors),
        serviceId: service.id,
        reportedAt: service.updatedAt ?? null,
      }));
      const named = unreadHosts(unread, hypervisors);
      const hidden = named.map((host): HostService => ({ ...host, serviceId: null, reportedAt: null }));
      return listed([...readable, ...hidden], named.length < unread.length ? unread : []);
    });
  }

  disable({ serviceId }: HostService, reason: string): Promise<Answer> {
    return answerOf(() => this.#maintenance.disable(serviceId ?? "", reason));
  }

  enable({ serviceId }: HostService): Promise<Answer> {
    return answerOf(() => this.#maintenance.enable(serviceId ?? ""));
  }

  servers(host: string): Promise<Listed<ServerFacts>> {
    return this.#asAdministrator("list the servers of all projects", async () => {
      const skipped: Skipped[] = [];
      const servers = await this.#cloud.compute.getServers({ allProjects: true, host, skipped });
      // Nova takes no notice of a filter that this user may not use: then the list would be of other hosts' servers.
      const hidden = servers.find((server) => server.host === undefined);
      if (hidden) throw notPermitted("see the hosts of servers", `Nova does not show the host of ${hidden.id}`);
      return listed(
        servers.map((server) => serverFacts(server, [])),
        skipped,
      );
    });
  }

  server(id: string): Promise<ServerFacts | "gone"> {
    return withCloudErrors(async () => {
      try {
        return serverFacts(await this.#cloud.compute.getServer(id), []);
      } catch (error) {
        if (isNotFound(error)) return "gone";
        throw error;
      }
    });
  }

  migrations(host: string, limit?: number): Promise<Listed<HostMigration>> {
    return this.#asAdministrator("list migrations", async () => {
      const skipped: Skipped[] = [];
      const found = await this.#maintenance.migrations(host, { skipped, ...(limit !== undefined && { limit }) });
      const entries = found.map((one): HostMigration => ({ ...toEntry(one), serverId: one.instanceUuid ?? null }));
      return listed(entries, skipped);
    });
  }

  holders({ host, hypervisor }: HostService): Promise<Known<Holders>> {
    return readOrUnknown(async () => {
      const { placement } = this.#cloud;
      if (this.#several.has(host)) throw new RangeError(`${host} has several hypervisors, which is not supported here`);
      const root = providerOf(host, hypervisor);
      const tree = await placement.getResourceProviders({ inTree: root });
      if (!tree.some(({ uuid }) => uuid === root)) {
        throw new RangeError(`Placement does not show the resource provider ${root} of ${host}`);
      }
      const consumers = new Map<string, { own: Resources; providers: number }>();
      for (const { uuid } of tree) {
        const held = await placement.getProviderAllocations(uuid);
        for (const [consumer, resources] of Object.entries(held)) {
          const known = consumers.get(consumer) ?? { own: {}, providers: 0 };
          consumers.set(consumer, {
            own: uuid === root ? resources : known.own,
            providers: known.providers + 1,
          });
        }
      }
      return { consumers };
    });
  }

  /** One request for all that have room, and two for each of `hosts` that has none, or has other things than CPUs. */
  room(hosts: readonly HostService[]): Promise<Known<Map<string, RoomOf>>> {
    return readOrUnknown(async () => {
      const { placement } = this.#cloud;
      const summaries = new Map(Object.entries(await placement.getProviderSummaries(LEAST)));
      const missing = hosts.flatMap(({ hypervisor }) =>
        hypervisor === null || summaries.has(hypervisor.id) ? [] : [hypervisor.id],
      );
      for (const provider of missing) {
        const [inventories, usages] = await Promise.all([
          placement.getInventories(provider),
          placement.getUsages(provider),
        ]);
        const room = Object.entries(inventories).map(([name, { total, reserved, allocationRatio }]) => [
          name,
          { capacity: Math.floor((total - reserved) * allocationRatio), used: usages[name] ?? 0 },
        ]);
        summaries.set(provider, Object.fromEntries(room) as RoomOf);
      }
      return summaries;
    });
  }

  async readiness({ host, hypervisor }: HostService): Promise<Readiness> {
    const [state, inventory, agents] = await Promise.all([
      readOrUnknown(async () => {
        const found = (await hypervisorStates(this.#cloud)).get(providerOf(host, hypervisor));
        if (found === undefined) throw new RangeError(`Nova does not show the state of the hypervisor of ${host}`);
        return found;
      }),
      readOrUnknown(async () =>
        Object.keys(await this.#cloud.placement.getInventories(providerOf(host, hypervisor))).sort(),
      ),
      this.agents(host),
    ]);
    return { hypervisor: state, inventory, agents };
  }

  agents(host?: string): Promise<Known<HostAgent[]>> {
    return readOrUnknown(async (skipped) => {
      const found = await this.#cloud.network.getAgents({ skipped, ...(host !== undefined && { host }) });
      return found.map(({ adminStateUp, heartbeatAt, ...agent }) => ({
        ...agent,
        wanted: adminStateUp,
        heartbeatAt: heartbeatAt ?? null,
      }));
    });
  }

  survey(): (serverId: string, mayBeCold: boolean) => Promise<Snapshot> {
    const sources = new BulkSources(this.#cloud);
    return (id, cold) => withCloudErrors(() => takeSnapshot(sources, id, { purpose: "plan", host: null, cold }));
  }

  requestCount(): number {
    return this.#cloud.session.requestCount + this.#ofMoves;
  }

  /** Adds the requests of a move, which has a count of its own. */
  count(requests: number): void {
    this.#ofMoves += requests;
  }

  /** Half of the truth about a host is none: a user who may not see all of it drains nothing. */
  async #asAdministrator<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (isStatus(error, 403)) throw notPermitted(what, error.reason, error);
      return await withCloudErrors(() => Promise.reject(error as Error));
    }
  }
}

const notPermitted = (what: string, reason: string, cause?: Error) =>
  new CloudLost(
    message(
      `this account may not ${what} (${reason}), and without that nobody can say whether a host is empty`,
      "use an administrator's credentials; docs/hosts.md lists the rights",
    ),
    { cause },
  );

function providerOf(host: string, hypervisor: HostService["hypervisor"]): string {
  if (hypervisor === null) throw new RangeError(`no hypervisor of ${host} is visible`);
  return hypervisor.id;
}
