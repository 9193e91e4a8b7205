import type { JsonReader } from "./json-reader.ts";
import { optionalUtc, utc } from "./time.ts";

/** Sizes that a flavor gives its servers. */
export interface Flavor {
  /** Its name when the server was created: a flavor may have been deleted since. */
  originalName: string;
  /** Unset where the API embeds the flavor without it. */
  id?: string;
  vcpus: number;
  ramMiB: number;
  /** Root disk; unused by a server that boots from a volume. */
  diskGiB: number;
  ephemeralGiB: number;
  swapMiB: number;
  /** Undefined: this user may not see them. */
  extraSpecs: Readonly<Record<string, string>> | undefined;
}

export interface Address {
  network: string;
  address: string;
  version: 4 | 6;
  type: "fixed" | "floating" | undefined;
  mac: string | undefined;
}

export type PowerState = "nostate" | "running" | "paused" | "shutdown" | "crashed" | "suspended";

/** A server as Nova shows it. `undefined` means that the cloud does not tell this user. */
export interface Server {
  id: string;
  name: string;
  /** Such as `ACTIVE`, `MIGRATING`, `ERROR`. */
  status: string;
  taskState: string | null;
  /** Such as `active`, `paused`, `error`. */
  vmState: string | undefined;
  powerState: PowerState | undefined;
  /** The compute service's host. Administrators only. */
  host: string | undefined;
  /** The node, which may be called otherwise than the host. Administrators only. */
  hypervisorHostname: string | undefined;
  /** Device of the boot disk, such as `/dev/vda`. Administrators only. */
  rootDevice?: string;
  /** In the guest's eyes `i-…`: libvirt's domain on the host. Administrators only. */
  instanceName: string | undefined;
  /** The zone of the host where the server is now; null if there is none. */
  availabilityZone: string | null | undefined;
  /** The zone that the scheduler keeps it in; null: none; undefined: not told before 2.96. */
  pinnedAvailabilityZone: string | null | undefined;
  locked: boolean | undefined;
  /** Null: booted from a volume. */
  image: string | null;
  flavor: Flavor;
  configDrive: boolean;
  /** Name of the key pair that it was created with. */
  keyName?: string;
  volumesAttached: { id: string; deleteOnTermination: boolean | undefined }[];
  /** Ids; told from 2.71 on. */
  serverGroups: string[] | undefined;
  addresses: Address[];
  /** Hash of project and host: the same for two servers of a project on one host. */
  hostId: string;
  projectId: string;
  userId: string;
  /** Percent; may go down. */
  progress: number | undefined;
  fault: { code: number; message: string; created: string | undefined } | undefined;
  /** ISO 8601, UTC. */
  created: string;
  launchedAt: string | undefined;
  updated: string | undefined;
}

const POWER_STATES: Readonly<Record<number, PowerState>> = {
  0: "nostate",
  1: "running",
  3: "paused",
  4: "shutdown",
  6: "crashed",
  7: "suspended",
};

/** Swap is an empty text where there is none, in flavors of the older form. */
const readSwap = (flavor: JsonReader): number => (flavor.raw("swap") === "" ? 0 : (flavor.optionalNumber("swap") ?? 0));

/** Reads a flavor on its own (`GET /flavors/{id}`) or embedded in a server (2.47 and newer). */
export function readFlavor(flavor: JsonReader): Flavor {
  const id = flavor.optionalString("id");
  return {
    originalName: flavor.optionalString("original_name") ?? flavor.string("name"),
    ...(id !== undefined && { id }),
    vcpus: flavor.number("vcpus"),
    ramMiB: flavor.number("ram"),
    diskGiB: flavor.number("disk"),
    ephemeralGiB: flavor.optionalNumber("ephemeral") ?? flavor.optionalNumber("OS-FLV-EXT-DATA:ephemeral") ?? 0,
    swapMiB: readSwap(flavor),
    extraSpecs: flavor.optionalStringMap("extra_specs"),
  };
}

function readAddresses(addresses: JsonReader | undefined): Address[] {
  if (!addresses) return [];
  return addresses.keys().flatMap((network) =>
    addresses.objects(network).map((entry): Address => {
      const type = entry.optionalString("OS-EXT-IPS:type");
      return {
        network,
        address: entry.string("addr"),
        version: entry.number("version") === 6 ? 6 : 4,
        type: type === "fixed" || type === "floating" ? type : undefined,
        mac: entry.optionalString("OS-EXT-IPS-MAC:mac_addr"),
      };
    }),
  );
}

/** A field of three kinds: a text, null, or not told at all. */
const toldOrNull = (server: JsonReader, key: string): string | null | undefined =>
  server.has(key) ? (server.optionalString(key) ?? null) : undefined;

function readFault(fault: JsonReader | undefined): Server["fault"] {
  return (
    fault && { code: fault.number("code"), message: fault.string("message"), created: fault.optionalString("created") }
  );
}

/** The flavor's id, where the API does not embed the flavor (older than 2.47). */
export const flavorIdOf = (server: JsonReader): string | undefined => {
  const flavor = server.object("flavor");
  return flavor.has("vcpus") ? undefined : flavor.string("id");
};

/** Reads a server; `flavor` is the one to use where it is not embedded. */
export function readServer(server: JsonReader, flavor?: Flavor): Server {
  const powerState = server.optionalNumber("OS-EXT-STS:power_state");
  const keyName = server.optionalString("key_name");
  const rootDevice = server.optionalString("OS-EXT-SRV-ATTR:root_device_name");
  return {
    ...(rootDevice !== undefined && { rootDevice }),
    ...(keyName !== undefined && { keyName }),
    id: server.string("id"),
    name: server.string("name"),
    status: server.string("status"),
    taskState: server.optionalString("OS-EXT-STS:task_state") ?? null,
    vmState: server.optionalString("OS-EXT-STS:vm_state"),
    powerState: powerState === undefined ? undefined : POWER_STATES[powerState],
    host: server.optionalString("OS-EXT-SRV-ATTR:host"),
    hypervisorHostname: server.optionalString("OS-EXT-SRV-ATTR:hypervisor_hostname"),
    instanceName: server.optionalString("OS-EXT-SRV-ATTR:instance_name"),
    // Nova writes an empty text for a server that has no host.
    availabilityZone:
      toldOrNull(server, "OS-EXT-AZ:availability_zone") ||
      (server.has("OS-EXT-AZ:availability_zone") ? null : undefined),
    pinnedAvailabilityZone: toldOrNull(server, "pinned_availability_zone"),
    locked: server.optionalBoolean("locked"),
    image: server.raw("image") === "" ? null : (server.optionalObject("image")?.string("id") ?? null),
    flavor: flavor ?? readFlavor(server.object("flavor")),
    configDrive: server.raw("config_drive") === "True" || server.raw("config_drive") === true,
    volumesAttached: (server.optionalObjects("os-extended-volumes:volumes_attached") ?? []).map((volume) => ({
      id: volume.string("id"),
      deleteOnTermination: volume.optionalBoolean("delete_on_termination"),
    })),
    serverGroups: server.optionalStrings("server_groups"),
    addresses: readAddresses(server.optionalObject("addresses")),
    hostId: server.optionalString("hostId") ?? "",
    projectId: server.string("tenant_id"),
    userId: server.string("user_id"),
    progress: server.optionalNumber("progress"),
    fault: readFault(server.optionalObject("fault")),
    created: utc(server.string("created")),
    launchedAt: optionalUtc(server.optionalString("OS-SRV-USG:launched_at")),
    updated: optionalUtc(server.optionalString("updated")),
  };
}

/** A volume's attachment as Nova knows it. */
export interface ServerVolumeAttachment {
  volumeId: string;
  /** Such as `/dev/vdb`; what the guest calls it may differ. */
  device: string | undefined;
  /** Cinder's attachment; told from 2.89 on. */
  attachmentId: string | undefined;
  deleteOnTermination: boolean | undefined;
}

export const readServerVolumeAttachment = (attachment: JsonReader): ServerVolumeAttachment => ({
  volumeId: attachment.string("volumeId"),
  device: attachment.optionalString("device"),
  attachmentId: attachment.optionalString("attachment_id"),
  deleteOnTermination: attachment.optionalBoolean("delete_on_termination"),
});
