import type { Resources } from "../../openstack/placement/placement.ts";
import type { Answer } from "../cloud/cloud-api.ts";
import type { HostFacts, Known, MigrationEntry, ServerFacts, Snapshot } from "../cloud/snapshot.ts";

/** A compute host with its service. */
export interface HostService extends HostFacts {
  /** null: its entry cannot be read. */
  serviceId: string | null;
  /** When its service last reported, ISO 8601; null: not reported. */
  reportedAt: string | null;
}

/** A migration with its server. */
export interface HostMigration extends MigrationEntry {
  /** null: Nova does not say. */
  serverId: string | null;
}

/** A list, and why something may be missing in it. */
export interface Listed<T> {
  entries: T[];
  /** Absent: it is whole. */
  gap?: string;
}

/** Who holds what of a host: its own provider and those below it. */
export interface Holders {
  /** By consumer: what it holds of the host's own provider, and how many providers of the host it holds something of. */
  consumers: ReadonlyMap<string, { own: Resources; providers: number }>;
}

/** Capacity and use of a provider, by resource class. */
export type RoomOf = Readonly<Record<string, { capacity: number; used: number }>>;

/** A Neutron agent. */
export interface HostAgent {
  id: string;
  host: string;
  binary: string;
  alive: boolean;
  /** An operator has not switched it off. */
  wanted: boolean;
  /** ISO 8601; null: not reported. */
  heartbeatAt: string | null;
}

/** What a host's return depends on, beside its service. */
export interface Readiness {
  /** `up` or `down`. */
  hypervisor: Known<string>;
  /** Resource classes of its provider. */
  inventory: Known<string[]>;
  agents: Known<HostAgent[]>;
}

/**
 * All that a maintenance needs of a cloud; `openstack-hosts.ts` is the real one. What Nova does not tell throws
 * `CloudLost`: nothing can be decided without it. What Placement or Neutron do not tell is unknown, with the reason.
 */
export interface HostsCloud {
  /** Every nova-compute host. */
  services(): Promise<Listed<HostService>>;
  /** Closes a host. Sent once. */
  disable(host: HostService, reason: string): Promise<Answer>;
  /** Opens a host. Sent once. */
  enable(host: HostService): Promise<Answer>;
  /** Servers on a host, of all projects, in all states. */
  servers(host: string): Promise<Listed<ServerFacts>>;
  /** "gone": there is none. */
  server(id: string): Promise<ServerFacts | "gone">;
  /** From or to a host, of all types and states, newest first. @param limit how many are enough; absent: all */
  migrations(host: string, limit?: number): Promise<Listed<HostMigration>>;
  holders(host: HostService): Promise<Known<Holders>>;
  /** By provider; one that is not there is not visible. */
  room(hosts: readonly HostService[]): Promise<Known<Map<string, RoomOf>>>;
  readiness(host: HostService): Promise<Readiness>;
  /** Neutron's agents of a host, or of all. */
  agents(host?: string): Promise<Known<HostAgent[]>>;
  /**
   * Snapshots of many servers as of one moment, from lists that they share. Each throws a RangeError if its server is not
   * among those that can be read.
   */
  survey(): (serverId: string, mayBeCold: boolean) => Promise<Snapshot>;
  requestCount(): number;
}
