import { CloudConfigError } from "../../openstack/auth/cloud-config.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import {
  AuthError,
  ConnectionError,
  HttpError,
  isNotFound,
  isStatus,
  NoEndpointError,
  OpenStackError,
  PartialAnswerError,
} from "../../openstack/http/errors.ts";
import type {
  AllocationFacts,
  Answer,
  CloudApi,
  MemoryCounters,
  ObservedServer,
  SnapshotScope,
  StartAnswer,
  Method,
} from "./cloud-api.ts";
import { CloudLost, NotFound } from "../contract/failure.ts";
import { causeOf } from "./failure-cause.ts";
import { PerServerSources } from "./per-server-sources.ts";
import { serverFacts, toEntry } from "./conversion.ts";
import { findServers, theOne } from "./find-servers.ts";
import { takeSnapshot } from "./inspect.ts";
import { message } from "../message.ts";
import { byHost } from "./provider-trees.ts";
import type { MigrationEntry, Snapshot } from "./snapshot.ts";

/** A token younger than this counts as fresh, in milliseconds. */
const FRESH = 300_000;

/** As Nova writes them. */
const SERVER_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** {@link CloudApi} over the real APIs. */
export class OpenStackCloud implements CloudApi {
  readonly #cloud: Cloud;
  /** Requested while the server was resolved, for the first snapshot. */
  #prefetched: { id: string; sources: PerServerSources } | undefined;
  /** The first snapshot of each server: hosts and volumes do not change. */
  readonly #first = new Map<string, Snapshot>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  async resolveServer(nameOrId: string, next?: SnapshotScope): Promise<string> {
    if (next && SERVER_ID.test(nameOrId)) {
      const sources = this.#sourcesFor(nameOrId, next);
      sources.prefetch(nameOrId, next.purpose === "plan" ? { host: next.host } : {});
      const server = await withCloudErrors(() => sources.server(nameOrId)).catch((error: unknown) => {
        // It may still be a name.
        if (error instanceof NotFound) return undefined;
        throw error;
      });
      if (server) {
        this.#prefetched = { id: server.id, sources };
        return server.id;
      }
    }
    const found = await withCloudErrors(() => findServers(this.#cloud, nameOrId));
    const { server, wrong } = theOne(nameOrId, found);
    if (wrong) throw new NotFound(message(wrong.problem, wrong.fix));
    return server.id;
  }

  async snapshot(serverId: string, scope: SnapshotScope): Promise<Snapshot> {
    const foreseen = this.#prefetched;
    this.#prefetched = undefined;
    const sources = foreseen?.id === serverId ? foreseen.sources : this.#sourcesFor(serverId, scope);
    const snapshot = await withCloudErrors(() => takeSnapshot(sources, serverId, scope));
    if (scope.purpose === "plan") this.#first.set(serverId, snapshot);
    return snapshot;
  }

  #sourcesFor(serverId: string, scope: SnapshotScope): PerServerSources {
    if (scope.purpose !== "verify") return new PerServerSources(this.#cloud, { onlyShown: scope.purpose === "show" });
    const first = this.#first.get(serverId);
    const { migrations } = scope;
    const sources = new PerServerSources(this.#cloud, {
      ...(first && { hosts: first.hosts }),
      ...(migrations && { migrations }),
    });
    if (!first) return sources;
    const volumes = first.server.volumes.map(({ id }) => id);
    sources.prefetch(serverId, { volumes });
    return sources;
  }

  server(serverId: string): Promise<ObservedServer | "gone"> {
    return withCloudErrors(async () => {
      try {
        const server = await this.#cloud.compute.getServer(serverId);
        return { ...serverFacts(server, []), progress: server.progress ?? null };
      } catch (error) {
        if (isNotFound(error)) return "gone";
        throw error;
      }
    });
  }

  migrations(serverId: string): Promise<MigrationEntry[] | null> {
    return this.#entries({ instanceId: serverId, migrationType: "live-migration" });
  }

  moves(serverId: string): Promise<MigrationEntry[] | null> {
    return this.#entries({ instanceId: serverId });
  }

  #entries(of: { instanceId: string; migrationType?: string }): Promise<MigrationEntry[] | null> {
    return withCloudErrors(async () => {
      try {
        return (await this.#cloud.compute.getMigrations({ ...of, limit: 5 })).map(toEntry);
      } catch (error) {
        if (isStatus(error, 403)) return null;
        throw error;
      }
    });
  }

  counters(serverId: string, migrationId: number): Promise<MemoryCounters | null> {
    return withCloudErrors(async () => {
      try {
        const migration = await this.#cloud.compute.getServerMigration(serverId, migrationId);
        if (!migration) return null;
        return {
          status: migration.status,
          totalBytes: migration.memoryTotalBytes ?? null,
          processedBytes: migration.memoryProcessedBytes ?? null,
          remainingBytes: migration.memoryRemainingBytes ?? null,
        };
      } catch (error) {
        if (isStatus(error, 403)) return null;
        throw error;
      }
    });
  }

  hosts(): Promise<Snapshot["hosts"]> {
    return withCloudErrors(() => new PerServerSources(this.#cloud).hosts());
  }

  ports(serverId: string): Promise<Snapshot["ports"]> {
    return withCloudErrors(() => new PerServerSources(this.#cloud).ports(serverId));
  }

  allocations(serverId: string, migrationUuid: string | null): Promise<AllocationFacts> {
    const hosts = this.#first.get(serverId)?.hosts;
    const sources = new PerServerSources(this.#cloud);
    return withCloudErrors(async () => {
      const held = migrationUuid === null ? null : sources.allocations(migrationUuid);
      const [raw, migrationAllocations] = await Promise.all([sources.allocations(serverId), held]);
      const allocations = hosts ? await byHost(raw, hosts, sources.rootOf) : raw;
      return { allocations, migrationAllocations };
    });
  }

  start(serverId: string, host: string, method: Method): Promise<StartAnswer> {
    return this.#startAnswer(() =>
      this.#cloud.compute.liveMigrate(serverId, {
        host,
        blockMigration: "auto",
        microversion: method.microversion,
        force: method.kind === "forced",
      }),
    );
  }

  startCold(serverId: string, host: string | null): Promise<StartAnswer> {
    return this.#startAnswer(() => this.#cloud.compute.cold.migrate(serverId, host));
  }

  async #startAnswer(send: () => Promise<{ requestId: string | undefined }>): Promise<StartAnswer> {
    // Nova uses this token for its own clean-up, which may run hours later.
    await withCloudErrors(() => this.#cloud.session.freshToken(FRESH));
    try {
      const { requestId } = await send();
      return { outcome: "accepted", requestId: requestId ?? null };
    } catch (error) {
      if (!(error instanceof OpenStackError)) throw error;
      if (error.ambiguous) return { outcome: "unknown", reason: error.message };
      if (!(error instanceof HttpError)) throw toCloudLost(error);
      return {
        outcome: "refused",
        busy: error.status === 409,
        message: error.reason,
        requestId: error.requestId ?? null,
      };
    }
  }

  confirm(serverId: string) {
    return answerOf(() => this.#cloud.compute.cold.confirm(serverId));
  }

  revert(serverId: string) {
    return answerOf(() => this.#cloud.compute.cold.revert(serverId));
  }

  abort(serverId: string, migrationId: number) {
    return answerOf(() => this.#cloud.compute.abortMigration(serverId, migrationId));
  }

  forceComplete(serverId: string, migrationId: number) {
    return answerOf(() => this.#cloud.compute.forceCompleteMigration(serverId, migrationId));
  }

  pin(serverId: string, zone: string | null) {
    return answerOf(() => this.#cloud.compute.setPinnedAvailabilityZone(serverId, zone));
  }

  async failureReason(
    serverId: string,
    requestId: string | null,
    action: "live-migration" | "migrate" = "live-migration",
  ): Promise<string | null> {
    try {
      // Without a request id (adopted, or answer lost) it is the newest of its kind.
      const id = requestId ?? (await this.#newest(action, serverId));
      const found = id === undefined ? undefined : await this.#cloud.compute.getInstanceAction(serverId, id);
      return causeOf(found?.events ?? []);
    } catch (error) {
      if (error instanceof OpenStackError) return null;
      throw error;
    }
  }

  async #newest(wanted: string, serverId: string): Promise<string | undefined> {
    const actions = await this.#cloud.compute.getInstanceActions(serverId);
    return actions.find(({ action }) => action === wanted)?.requestId;
  }

  requestCount(): number {
    return this.#cloud.session.requestCount;
  }
}

/** A reading that fails for good means that the cloud is out of reach. */
export async function withCloudErrors<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) {
      const text = message(error.message, "check whether someone deleted it, then run this again");
      throw new NotFound(text, { cause: error });
    }
    // A region that is not chosen shows only when a service's endpoint is looked up.
    throw error instanceof OpenStackError && !(error instanceof CloudConfigError) ? toCloudLost(error) : error;
  }
}

/** The same failure with its fix. */
export const toCloudLost = (error: OpenStackError): CloudLost =>
  new CloudLost(error instanceof NoEndpointError ? error.message : message(error.message, fixOf(error)), {
    cause: error,
  });

function fixOf(error: OpenStackError): string {
  if (error instanceof AuthError || isStatus(error, 401, 403)) {
    return "check the credentials and roles of this cloud in clouds.yaml or OS_*";
  }
  if (error instanceof PartialAnswerError) {
    return "repair the database of that cell (`nova-manage cell_v2 list_cells` shows it), then run this again: it is safe";
  }
  if (error instanceof ConnectionError && error.proxy !== undefined) {
    return "check the proxy, and its address, user and password in that variable, or add the cloud's hosts to no_proxy; then run this again: it is safe";
  }
  if (error instanceof ConnectionError && error.kind === "tls") {
    return "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again";
  }
  return "check the network, the endpoint and the service, then run this again: it is safe";
}

/** A refusal by Nova (too late, wrong state) is an answer, not a failure; a gateway's 502 is not an answer. */
export async function answerOf(send: () => Promise<void>): Promise<Answer> {
  try {
    await send();
    return { outcome: "accepted", message: "accepted" };
  } catch (error) {
    if (!(error instanceof OpenStackError)) throw error;
    if (error instanceof HttpError && !error.ambiguous) {
      const { reason, status } = error;
      return { outcome: "declined", message: reason, ...(status === 403 && { forbidden: true }) };
    }
    return { outcome: "unanswered", message: error.message };
  }
}
