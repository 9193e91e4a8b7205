import * as z from "zod/mini";
import { ColdMigration } from "./cold-migration.ts";
import { inside, read, type Skipped } from "../http/answer.ts";
import {
  aggregateSchema,
  computeServiceSchema,
  hypervisorSchema,
  serverGroupSchema,
  type Aggregate,
  type ComputeService,
  type Hypervisor,
  type ServerGroup,
} from "./compute-hosts.ts";
import { isNotFound, PartialAnswerError, ProtocolError } from "../http/errors.ts";
import { liveMigrateBody } from "./live-migrate-body.ts";
import type { LiveMigrateOptions } from "./live-migrate-body.ts";
import { atLeast } from "../http/microversion.ts";
import type { Microversion, MicroversionRange } from "../http/microversion.ts";
import type { Source } from "../http/paging.ts";
import { segment } from "../../text/url.ts";
import type { ApiRequest } from "../http/request.ts";
import {
  flavorSchema,
  oldServerSchema,
  partialServerSchema,
  serverSchema,
  serverVolumeAttachmentSchema,
  type Flavor,
  type Server,
  type ServerVolumeAttachment,
} from "./server.ts";
import {
  actionWithEventsSchema,
  instanceActionSchema,
  migrationSchema,
  type InstanceAction,
  type InstanceActionEvent,
  type Migration,
} from "./server-migration.ts";
import { VersionedClient } from "../http/versioned-client.ts";

/**
 * The newest version whose answers this client has been written for. What the versions used here bring, all optional: an older cloud leaves the fields `undefined`.
 *
 * | from  | what                                                            |
 * | ----- | --------------------------------------------------------------- |
 * | 2.9   | server `locked`                                                 |
 * | 2.11  | service `forced_down`                                           |
 * | 2.47  | server: flavor embedded (before: looked up)                     |
 * | 2.53  | services and hypervisors: uuids, those of Placement's providers |
 * | 2.59  | migrations: uuid, paging                                        |
 * | 2.64  | server group `policy`, `rules`                                  |
 * | 2.71  | server `server_groups`                                          |
 * | 2.84  | action events `details`                                         |
 * | 2.89  | volume attachments: `attachment_id`                             |
 * | 2.96  | server `pinned_availability_zone`                               |
 * | 2.97  | shares of a server                                              |
 * | 2.104 | `pinned_availability_zone` can be changed                       |
 */
const NEWEST: Microversion = "2.104";
const EMBEDDED_FLAVOR: Microversion = "2.47";
/** Newer ones leave out capacity. */
const HYPERVISORS_WITH_MEMORY: Microversion = "2.87";
const ABORT: Microversion = "2.24";
const FORCE_COMPLETE: Microversion = "2.22";
const SERVER_MIGRATIONS: Microversion = "2.23";
const CHANGE_PIN: Microversion = "2.104";
const SHARES: Microversion = "2.97";

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
/** Maximum number of servers to get one by one; more are taken from the list of all servers. */
const ONE_BY_ONE = 4;

/** Nova. Every call chooses the newest microversion that suits it and the cloud. */
export class Compute {
  readonly #client: VersionedClient;
  readonly #flavors = new Map<string, Promise<Flavor>>();
  readonly cold: ColdMigration;

  constructor(source: Source) {
    this.#client = new VersionedClient(source, "compute", "2.1", NEWEST);
    this.cold = new ColdMigration(this.#client);
  }

  /** The microversions of this cloud; asked for once. */
  range(): Promise<MicroversionRange> {
    return this.#client.range();
  }

  /** @throws HttpError with status 404 if there is no such server; PartialAnswerError if its cell's database does not answer */
  async getServer(id: string, options: { signal?: AbortSignal } = {}): Promise<Server> {
    const path = `/servers/${segment(id)}`;
    const context = { service: "compute", method: "GET", path } as const;
    const { body } = await this.#client.send({ ...options, method: "GET", path });
    if (z.safeParse(z.object({ server: partialServerSchema }), body).success) {
      const problem = `Nova shows only a part of the server ${id} (status UNKNOWN): the database of its cell does not answer`;
      throw new PartialAnswerError(context, problem);
    }
    const { schema, complete } = await this.#serverReader();
    return await complete(read(inside("server", schema), body, context));
  }

  /** Before 2.47 a server's flavor has to be looked up. */
  async #serverReader() {
    const embedded = atLeast(await this.#client.version(), EMBEDDED_FLAVOR);
    const schema = embedded ? serverSchema : oldServerSchema;
    const complete = async ({ flavor, ...server }: z.output<typeof schema>): Promise<Server> => ({
      ...server,
      flavor: typeof flavor === "string" ? await this.getFlavor(flavor) : flavor,
    });
    return { schema, complete };
  }

  /**
   * Servers with this id, or else with exactly this name.
   *
   * @param options.allProjects look in all projects for the name; administrators only
   * @throws PartialAnswerError if none was found, but not all could be read
   */
  async findServers(nameOrId: string, options: { allProjects?: boolean } = {}): Promise<Server[]> {
    if (UUID.test(nameOrId)) {
      const found = await this.#serverIfAny(nameOrId);
      if (found) return [found];
    }
    // Nova treats the name as a regular expression.
    const name = `^${nameOrId.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`;
    const skipped: Skipped[] = [];
    const servers = await this.#listServers({ name, all_tenants: options.allProjects }, skipped);
    const found = servers.filter((server) => server.name === nameOrId);
    const [odd] = skipped;
    if (found.length > 0 || !odd) return found;
    const context = { service: "compute", method: "GET", path: "/servers/detail" } as const;
    const why = `not all can be read (${odd.at}: ${odd.problem})`;
    throw new PartialAnswerError(context, `no readable server has the name ${nameOrId}, and ${why}`);
  }

  async #serverIfAny(id: string): Promise<Server | undefined> {
    return this.getServer(id).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  async #listServers(query: ApiRequest["query"], skipped?: Skipped[]): Promise<Server[]> {
    const { schema, complete } = await this.#serverReader();
    const options = { query, ...(skipped && { skipped }) };
    return Promise.all((await this.#client.collect("/servers/detail", "servers", schema, options)).map(complete));
  }

  /**
   * Servers in pages, or the ones with the given ids; ids that do not exist are left out.
   *
   * @param options.host servers on this compute host only; administrators only
   */
  async getServers(
    options: { allProjects?: boolean; ids?: readonly string[]; host?: string; skipped?: Skipped[] } = {},
  ): Promise<Server[]> {
    const { ids, allProjects, host, skipped } = options;
    if (ids && ids.length <= ONE_BY_ONE) {
      const servers = await Promise.all(ids.map((id) => this.#serverIfAny(id)));
      return servers.filter((server) => server !== undefined);
    }
    const listed = await this.#listServers({ all_tenants: allProjects, host }, skipped);
    // Nova ignores a filter that this user may not use (`servers:allow_all_filters`).
    const servers = host === undefined ? listed : listed.filter((server) => (server.host ?? host) === host);
    const wanted = ids && new Set(ids);
    return wanted ? servers.filter(({ id }) => wanted.has(id)) : servers;
  }

  async getServerVolumeAttachments(id: string): Promise<ServerVolumeAttachment[]> {
    const path = `/servers/${segment(id)}/os-volume_attachments`;
    return this.#client.collect(path, "volumeAttachments", serverVolumeAttachmentSchema);
  }

  /** Ids of the Manila shares that are attached to a server; none before 2.97, where Nova attaches no shares. */
  async getShares(id: string): Promise<string[]> {
    if (!atLeast(await this.#client.version(), SHARES)) return [];
    const path = `/servers/${segment(id)}/shares`;
    return await this.#client.get(path, inside("shares", z.array(inside("share_id", z.string()))));
  }

  /** Flavors are kept: they do not change. */
  getFlavor(id: string): Promise<Flavor> {
    let flavor = this.#flavors.get(id);
    if (!flavor) {
      flavor = this.#client.get(`/flavors/${segment(id)}`, inside("flavor", flavorSchema));
      this.#flavors.set(id, flavor);
    }
    return flavor;
  }

  /** @param options.includePrivate also those that are not public; administrators only */
  async getFlavors(options: { includePrivate?: boolean } = {}): Promise<Flavor[]> {
    const query = { is_public: options.includePrivate === true ? "None" : undefined };
    return this.#client.collect("/flavors/detail", "flavors", flavorSchema, { query });
  }

  /** Administrators only, by Nova's default policy. */
  async getServices({
    binary,
    host,
    ...options
  }: { binary?: string; host?: string; skipped?: Skipped[] } = {}): Promise<ComputeService[]> {
    const query = { binary, host };
    return this.#client.collect("/os-services", "services", computeServiceSchema, { ...options, query });
  }

  /** With their use of memory, which newer versions leave out. Administrators only. */
  async getHypervisors(): Promise<Hypervisor[]> {
    const microversion = await this.#client.version(HYPERVISORS_WITH_MEMORY);
    return this.#client.collect("/os-hypervisors/detail", "hypervisors", hypervisorSchema, { microversion });
  }

  async getAggregates(): Promise<Aggregate[]> {
    return this.#client.collect("/os-aggregates", "aggregates", aggregateSchema);
  }

  /** Undefined if this user sees no such group. */
  async getServerGroup(id: string): Promise<ServerGroup | undefined> {
    return await this.#client.find(`/os-server-groups/${segment(id)}`, inside("server_group", serverGroupSchema));
  }

  async getServerGroups(options: { allProjects?: boolean; skipped?: Skipped[] } = {}): Promise<ServerGroup[]> {
    const groups: ServerGroup[] = [];
    // Nova gives no link to the next page here.
    for (let offset = 0; ; offset += NOVA_PAGE) {
      const query = { all_projects: options.allProjects === true ? "True" : undefined, offset: offset || undefined };
      const skipped: Skipped[] = [];
      const page = await this.#client.collect("/os-server-groups", "server_groups", serverGroupSchema, {
        query,
        skipped,
      });
      groups.push(...page);
      options.skipped?.push(...skipped);
      if (page.length + skipped.length < NOVA_PAGE) return groups;
    }
  }

  /**
   * Migration records of all states, the newest first. They have no byte counters.
   *
   * @param options.limit how many; all by default
   * @throws ProtocolError if a server's newest cannot be read, which may be under way
   */
  async getMigrations(
    options: { instanceId?: string; migrationType?: string; status?: string; host?: string; limit?: number } = {},
  ): Promise<Migration[]> {
    const version = await this.#client.version();
    const pages = atLeast(version, "2.59");
    const query = {
      instance_uuid: options.instanceId,
      // Before 2.23 the field is not reported, and before 2.59 the filter is ignored.
      migration_type: options.migrationType,
      status: options.status,
      host: options.host,
      limit: pages ? options.limit : undefined,
    };
    const { limit, instanceId } = options;
    const path = "/os-migrations";
    const skipped: Skipped[] = [];
    const found = await this.#client.collect(path, "migrations", migrationSchema, { query, limit, skipped });
    const [odd] = skipped;
    if (instanceId !== undefined && odd?.at === "migrations[0]") {
      throw new ProtocolError({ service: "compute", method: "GET", path }, `${odd.at}: ${odd.problem}`);
    }
    return found.slice(0, limit);
  }

  /**
   * A live migration that is queued, preparing or running, with its byte counters.
   *
   * @returns undefined in any other state: ask {@link getMigrations} for the verdict
   */
  async getServerMigration(
    serverId: string,
    migrationId: number,
    options: { signal?: AbortSignal } = {},
  ): Promise<Migration | undefined> {
    await this.#client.need(SERVER_MIGRATIONS, "shows a running migration");
    const path = migrationPath(serverId, migrationId);
    return await this.#client.find(path, inside("migration", migrationSchema), options);
  }

  /**
   * Asks Nova to move a running server. It answers at once from 2.34 on; before, when the checks are done.
   *
   * Never repeated automatically: an error with `ambiguous` set may have started a migration.
   *
   * @returns the request's id: the key to its instance action
   * @throws RangeError if the microversion cannot express the options
   */
  async liveMigrate(
    id: string,
    options: LiveMigrateOptions & { microversion?: Microversion; timeoutMs?: number },
  ): Promise<{ requestId: string | undefined; microversion: Microversion }> {
    const microversion = options.microversion ?? (await this.#client.version());
    const { requestId } = await this.#client.send({
      method: "POST",
      path: `/servers/${segment(id)}/action`,
      body: liveMigrateBody(microversion, options),
      microversion,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    });
    return { requestId, microversion };
  }

  /** Asks for the abort of a live migration, which may still complete. Queued ones from 2.65 on. */
  async abortMigration(serverId: string, migrationId: number): Promise<void> {
    await this.#client.need(ABORT, "abort a migration");
    await this.#client.send({ method: "DELETE", path: migrationPath(serverId, migrationId) });
  }

  /** Asks Nova to finish a running live migration in any case: the guest is paused, or moved with post-copy. */
  async forceCompleteMigration(serverId: string, migrationId: number): Promise<void> {
    await this.#client.need(FORCE_COMPLETE, "force a migration to complete");
    const path = `${migrationPath(serverId, migrationId)}/action`;
    await this.#client.send({ method: "POST", path, body: { force_complete: null } });
  }

  /** What was done to a server, the newest first. */
  async getInstanceActions(id: string): Promise<InstanceAction[]> {
    return this.#client.collect(`/servers/${segment(id)}/os-instance-actions`, "instanceActions", instanceActionSchema);
  }

  /** One action with its events, or undefined if the request left none. */
  async getInstanceAction(
    id: string,
    requestId: string,
  ): Promise<(InstanceAction & { events: InstanceActionEvent[] }) | undefined> {
    const path = `/servers/${segment(id)}/os-instance-actions/${segment(requestId)}`;
    return await this.#client.find(path, inside("instanceAction", actionWithEventsSchema));
  }

  /**
   * Changes the zone that the scheduler keeps a server in; null: none.
   *
   * @throws RangeError if the cloud is older than 2.104; HttpError with status 409 for a change from zone to zone
   */
  async setPinnedAvailabilityZone(id: string, zone: string | null): Promise<void> {
    await this.#client.need(CHANGE_PIN, "change a pinned availability zone");
    const body = { server: { pinned_availability_zone: zone } };
    await this.#client.send({ method: "PUT", path: `/servers/${segment(id)}`, body, microversion: CHANGE_PIN });
  }
}

/** Nova's own largest page (`[api] max_limit`). */
const NOVA_PAGE = 1000;

const migrationPath = (serverId: string, migrationId: number): string =>
  `/servers/${segment(serverId)}/migrations/${migrationId}`;
