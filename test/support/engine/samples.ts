import type { ObservedServer } from "../../../migration/cloud/cloud-api.ts";
import { hostIdOf } from "../../../migration/cloud/places.ts";
import {
  MigrationRequestSchema,
  type MigrationRequest,
  type MigrationRequestInput,
} from "../../../migration/contract/request.ts";
import {
  known,
  type HostFacts,
  type MigrationEntry,
  type ServerFacts,
  type Snapshot,
  type VolumeState,
} from "../../../migration/cloud/snapshot.ts";

/** The article's case: `admin_vm01` on node-28 (zone nova), to go to node-31 (zone nova2). */
export const SERVER = "5e9e5a96-a56f-4225-8368-505f7bd579f5";
export const PROJECT = "0c68eaedee9b4c48a2516c7c6428c922";
export const BOOT = "d655ff3f-5dc7-4204-96e7-cfcfa9a8e209";
export const DATA = "5229a053-a84a-4845-adcd-d90379553467";
export const PORT = "8d2a3c51-0000-4000-8000-000000000001";
export const RESOURCES = { VCPU: 1, MEMORY_MB: 1024 };

/** Id of a host's resource provider. */
export const providerOf = (host: string): string => `provider-of-${host}`;

export const host = (name: string, zone: string, over: Partial<HostFacts> = {}): HostFacts => ({
  host: name,
  availabilityZone: zone,
  up: true,
  enabled: true,
  disabledReason: null,
  forcedDown: false,
  hypervisor: { id: providerOf(name), hostname: `${name}.example`, type: "QEMU", version: 7_002_000, load: 0.5 },
  ...over,
});

export const HOSTS: HostFacts[] = [host("node-27", "nova"), host("node-28", "nova"), host("node-31", "nova2")];

/** The hosts above, one of them changed. */
export const hostsWith = (name: string, over: Partial<HostFacts>): Snapshot["hosts"] =>
  known(HOSTS.map((facts) => (facts.host === name ? { ...facts, ...over } : facts)));

export const server = (over: Partial<ServerFacts> = {}): ServerFacts => {
  const place = over.host ?? "node-28";
  return {
    id: SERVER,
    name: "admin_vm01",
    status: "ACTIVE",
    taskState: null,
    vmState: "active",
    locked: false,
    host: place,
    hostId: hostIdOf(PROJECT, place),
    hypervisorHostname: `${place}.example`,
    availabilityZone: place === "node-31" ? "nova2" : "nova",
    projectId: PROJECT,
    pin: { known: true, zone: null },
    image: null,
    configDrive: false,
    flavor: { vcpus: 1, ramMiB: 1024, rootGiB: 1, ephemeralGiB: 0, swapMiB: 0, extraSpecs: {} },
    volumes: [
      { id: BOOT, device: "/dev/vda" },
      { id: DATA, device: "/dev/vdb" },
    ],
    addresses: [{ address: "10.88.0.132", version: 4, floating: false }],
    fault: null,
    updatedAt: "2026-01-01T00:00:00Z",
    ...over,
  };
};

export const observed = (over: Partial<ServerFacts> = {}): ObservedServer => ({ ...server(over), progress: null });

export const volume = (id: string, on: string | null, over: Partial<VolumeState> = {}): VolumeState => ({
  id,
  name: id === BOOT ? "admin_vol01" : "admin_vol11",
  sizeGiB: 1,
  bootable: id === BOOT,
  status: "in-use",
  multiattach: false,
  encrypted: false,
  availabilityZone: "nova",
  backendHost: "ceph@rbd#volumes",
  attachments: [{ serverId: SERVER, host: on }],
  ...over,
});

export const entry = (over: Partial<MigrationEntry> = {}): MigrationEntry => ({
  id: 7,
  uuid: "5c9bb8a9-35ab-4b4e-8ec9-d1dc36514d7d",
  status: "completed",
  sourceCompute: "node-28",
  destCompute: "node-31",
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:30Z",
  ...over,
});

/** Everything in order, with the server on `on`. */
export const snapshot = (over: Partial<Snapshot> = {}, on = "node-28"): Snapshot => ({
  takenAt: Date.parse("2026-01-01T00:00:00Z"),
  microversions: { min: "2.1", max: "2.96" },
  server: server({ host: on }),
  hosts: known(HOSTS),
  migrations: known([]),
  volumes: known([volume(BOOT, on), volume(DATA, on)]),
  attachments: known([
    { id: "attachment-1", volumeId: BOOT, status: "attached" },
    { id: "attachment-2", volumeId: DATA, status: "attached" },
  ]),
  ports: known([{ id: PORT, host: on, status: "ACTIVE" }]),
  allocations: known({ [providerOf(on)]: RESOURCES }),
  migrationAllocations: null,
  fitting: known(HOSTS.map(({ host: name }) => providerOf(name))),
  groups: known([]),
  ...over,
});

export const request = (over: Partial<MigrationRequestInput> = {}): MigrationRequest =>
  MigrationRequestSchema.parse({ server: SERVER, ...(over.zone === undefined && { host: "node-31" }), ...over });
