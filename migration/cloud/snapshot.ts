import type { MicroversionRange } from "../../openstack/http/microversion.ts";
import type { Pin } from "../contract/record.ts";

/**
 * A fact, or why it is not one: missing rights, an old API, a service that did not answer. Never a guess.
 * `gap`: why something may be missing in a list, some of whose entries cannot be read.
 * `fix`: what to do, if the source of the fact knows better than its user.
 */
export type Known<T> = { known: true; value: T; gap?: string } | { known: false; reason: string; fix?: string };

/** A fact that the cloud reported. */
export const known = <T>(value: T, gap?: string): Known<T> => ({
  known: true,
  value,
  ...(gap !== undefined && { gap }),
});
/** A fact that the cloud did not report, and why. */
export const unknown = (reason: string, fix?: string): Known<never> => ({
  known: false,
  reason,
  ...(fix !== undefined && { fix }),
});

/** A server as Nova reports it. */
export interface ServerFacts {
  id: string;
  name: string;
  /** `ACTIVE`, `MIGRATING`, `ERROR` … */
  status: string;
  taskState: string | null;
  vmState: string | null;
  /** Whether its guest runs, by Nova's power state; unset: not reported. */
  running?: boolean;
  /** null: not reported. */
  locked: boolean | null;
  /** nova-compute host, null: this user may not see it (then `hostId` still shows whether it changed). */
  host: string | null;
  /** sha224(project id + host): visible to everyone (nova/objects/instance.py at 33.0.2). */
  hostId: string;
  hypervisorHostname: string | null;
  availabilityZone: string | null;
  projectId: string;
  pin: Pin;
  /** The image it was booted from; null for a server that boots from a volume. */
  image: string | null;
  configDrive: boolean;
  /** Device of the boot disk, such as `/dev/vda`; unset: not visible. */
  rootDevice?: string;
  flavor: {
    vcpus: number;
    ramMiB: number;
    /** Root disk of a server that boots from an image; 0: the image's size. */
    rootGiB: number;
    ephemeralGiB: number;
    swapMiB: number;
    /** Undefined: this user may not see them. */
    extraSpecs: Readonly<Record<string, string>> | undefined;
  };
  /** Attached as Nova lists them. `device` as Cinder has it, such as `/dev/vda`; null: not reported. */
  volumes: { id: string; device: string | null }[];
  addresses: { address: string; version: 4 | 6; floating: boolean }[];
  fault: string | null;
  /** When Nova last changed it, ISO 8601; null: not reported. */
  updatedAt: string | null;
}

/** A nova-compute host with its hypervisor. */
export interface HostFacts {
  host: string;
  availabilityZone: string | null;
  up: boolean;
  enabled: boolean;
  disabledReason: string | null;
  forcedDown: boolean;
  /** Set if its nova-compute's entry cannot be read, to why: it counts as not up, and in no zone. */
  unread?: string;
  /** null: no hypervisor of this host is visible. `id` is also Placement's resource provider. */
  hypervisor: {
    id: string;
    hostname: string;
    type: string | null;
    version: number | null;
    /** Part of its memory in use, 0 to 1; null: not reported. */
    load: number | null;
    /** All of its memory; unset: not reported. */
    memoryMiB?: number;
    /** Unset: not reported, as by Nova's fake driver. */
    cpu?: { vendor: string | undefined; features: readonly string[] };
  } | null;
}

/** An entry of `GET /os-migrations`. */
export interface MigrationEntry {
  id: number;
  /** `live-migration`, `migration` (cold), `resize` or `evacuation`; unset: not reported. */
  type?: string;
  uuid: string | null;
  status: string;
  sourceCompute: string | null;
  /** null until the conductor has chosen (nova/conductor/tasks/live_migrate.py:147 at 33.0.2). */
  destCompute: string | null;
  createdAt: string | null;
  updatedAt: string | null;
}

/** An attached volume as Cinder reports it. */
export interface VolumeState {
  id: string;
  name: string | null;
  sizeGiB: number;
  bootable: boolean;
  status: string;
  multiattach: boolean;
  encrypted: boolean;
  availabilityZone: string | null;
  /** `os-vol-host-attr:host`, null: not visible. */
  backendHost: string | null;
  /** Attachments to any server. `host` null: not visible. `device`, such as `/dev/vdb`, if Cinder reports it. */
  attachments: { serverId: string; host: string | null; device?: string }[];
  /** Properties of the image that it was made of; unset: none. */
  imageProperties?: Readonly<Record<string, string>>;
}

/** A server group, and where its members run. */
export interface GroupFacts {
  id: string;
  name: string;
  policy: string;
  /** Of `anti-affinity`: how many members one host may have (compute API 2.64). @default 1 */
  maxServerPerHost?: number;
  /** The other members and where they run. */
  members: { id: string; name: string; host: string | null }[];
}

/** A port's binding to a host where the server does not run. */
export interface LeftoverBinding {
  portId: string;
  host: string;
  /** Of the binding itself: a DELETE of it removes the binding. */
  url: string;
}

/** Everything the decisions look at, as it was at one moment. */
export interface Snapshot {
  /** Milliseconds since the epoch. */
  takenAt: number;
  /** Compute API microversions that the cloud serves. */
  microversions: MicroversionRange;
  server: ServerFacts;
  hosts: Known<HostFacts[]>;
  /** Live migrations of this server, newest first. */
  migrations: Known<MigrationEntry[]>;
  /** All migrations of this server, of any type, newest first; unset: not asked for. */
  moves?: Known<MigrationEntry[]>;
  volumes: Known<VolumeState[]>;
  /** Cinder's attachment objects of this server: the truth about "attached once". */
  attachments: Known<{ id: string; volumeId: string; status: string }[]>;
  /** `host`: null: not visible; "": bound to no host. `vnicType`, such as `normal` or `vdpa`; unset: not visible. */
  ports: Known<{ id: string; host: string | null; status: string; vnicType?: string }[]>;
  /** INACTIVE bindings of the server's ports; unset: not asked for. */
  bindings?: Known<LeftoverBinding[]>;
  /** Ids of the Manila shares attached to the server; unset: not asked for. */
  shares?: Known<string[]>;
  /** Of how many resource providers the server holds resources, child providers counted; unset: of one, or not known. */
  providers?: number;
  /** Allocations of the server: compute node (those of child providers are its own) → resource class → amount. */
  allocations: Known<Record<string, Record<string, number>>>;
  /** Allocations that the migration itself still holds (the source's, until it has ended). Null: not asked. */
  migrationAllocations: Known<Record<string, Record<string, number>>> | null;
  /** Resource providers that can take the same resources once more. */
  fitting: Known<string[]>;
  groups: Known<GroupFacts[]>;
}
