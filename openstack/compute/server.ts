import * as z from "zod/mini";
import { anyOf, fields, inside, lenient, optional, optionalTime, stringMap } from "../http/answer.ts";

/** Sizes that a flavor gives its servers: on its own (`GET /flavors/{id}`), or embedded in a server (2.47 and newer). */
export const flavorSchema = z.pipe(
  fields({
    /** Its name when the server was created: a flavor may have been deleted since. */
    originalName: ["original_name", optional(z.string())],
    name: optional(z.string()),
    /** Undefined where the API embeds the flavor without it. */
    id: optional(z.string()),
    vcpus: z.number(),
    ramMiB: ["ram", z.number()],
    /** Root disk; unused by a server that boots from a volume. */
    diskGiB: ["disk", z.number()],
    ephemeralGiB: ["ephemeral", optional(z.number())],
    ephemeralExtension: ["OS-FLV-EXT-DATA:ephemeral", optional(z.number())],
    /** An empty text where there is none, in flavors of the older form. */
    swapMiB: [
      "swap",
      z.pipe(
        optional(z.union([z.literal(""), z.number()])),
        z.transform((swap) => swap || 0),
      ),
    ],
    /** Undefined: this user may not see them. */
    extraSpecs: ["extra_specs", optional(stringMap)],
  }),
  z.transform(({ name, originalName, ephemeralExtension, ...flavor }) => ({
    ...flavor,
    originalName: originalName ?? name ?? "",
    ephemeralGiB: flavor.ephemeralGiB ?? ephemeralExtension ?? 0,
  })),
);
export type Flavor = z.output<typeof flavorSchema>;

const addressSchema = fields({
  address: ["addr", z.string()],
  version: z.union([z.literal(4), z.literal(6)]),
  type: ["OS-EXT-IPS:type", optional(z.enum(["fixed", "floating"]))],
  mac: ["OS-EXT-IPS-MAC:mac_addr", optional(z.string())],
});

/** By network. */
const addressesSchema = z.pipe(
  lenient(z.record(z.string(), z.catch(anyOf(addressSchema), []))),
  z.transform((networks) =>
    Object.entries(networks ?? {}).flatMap(([network, list]) => list.map((address) => ({ network, ...address }))),
  ),
);

const serverFields = {
  id: z.string(),
  name: z.string(),
  /** Such as `ACTIVE`, `MIGRATING`, `ERROR`. */
  status: z.string(),
  taskState: [
    "OS-EXT-STS:task_state",
    z.pipe(
      optional(z.string()),
      z.transform((task) => task ?? null),
    ),
  ],
  /** Such as `active`, `paused`, `error`. */
  vmState: ["OS-EXT-STS:vm_state", optional(z.string())],
  /** Nova's `power_state`: 1 runs, 4 is shut down (nova/compute/power_state.py at 33.0.2). */
  powerState: ["OS-EXT-STS:power_state", lenient(z.number())],
  /** The compute service's host. Administrators only. */
  host: ["OS-EXT-SRV-ATTR:host", optional(z.string())],
  /** The node, which may be called otherwise than the host. Administrators only. */
  hypervisorHostname: ["OS-EXT-SRV-ATTR:hypervisor_hostname", optional(z.string())],
  /** Device of the boot disk, such as `/dev/vda`. Administrators only. */
  rootDevice: ["OS-EXT-SRV-ATTR:root_device_name", optional(z.string())],
  /** The zone of the host where the server is now; null if there is none: Nova writes an empty text then. */
  availabilityZone: [
    "OS-EXT-AZ:availability_zone",
    z.optional(
      z.pipe(
        z.nullable(z.string()),
        z.transform((zone) => zone || null),
      ),
    ),
  ],
  /** The zone that the scheduler keeps it in; null: none; undefined: not known before 2.96. */
  pinnedAvailabilityZone: ["pinned_availability_zone", z.optional(z.nullable(z.string()))],
  locked: optional(z.boolean()),
  /** Null: booted from a volume; Nova writes an empty text then. */
  image: z.pipe(
    optional(z.union([z.literal(""), inside("id", z.string())])),
    z.transform((image) => image || null),
  ),
  configDrive: [
    "config_drive",
    z.pipe(
      z.unknown(),
      z.transform((drive) => drive === "True" || drive === true),
    ),
  ],
  /** Name of the key pair that it was created with. */
  keyName: ["key_name", lenient(z.string())],
  volumesAttached: [
    "os-extended-volumes:volumes_attached",
    z._default(optional(z.array(z.object({ id: z.string() }))), []),
  ],
  /** Ids; from 2.71 on. */
  serverGroups: ["server_groups", optional(z.array(z.string()))],
  addresses: addressesSchema,
  /** Hash of project and host: the same for two servers of a project on one host. */
  hostId: z._default(optional(z.string()), ""),
  projectId: ["tenant_id", z.string()],
  /** Percent; may go down. */
  progress: lenient(z.number()),
  fault: lenient(inside("message", z.string())),
  updated: optionalTime,
} as const;

/** A server as Nova shows it. `undefined`: not visible to this user. */
export const serverSchema = fields({ ...serverFields, flavor: flavorSchema });
export type Server = z.output<typeof serverSchema>;

/** The same before 2.47, where the flavor is an id. */
export const oldServerSchema = fields({ ...serverFields, flavor: inside("id", z.string()) });

/** What Nova shows of a server while the database of its cell does not answer (2.69 and newer). */
export const partialServerSchema = z.object({ status: z.literal("UNKNOWN"), name: z.optional(z.undefined()) });

/** A volume's attachment as Nova knows it. */
export const serverVolumeAttachmentSchema = fields({
  volumeId: z.string(),
  /** Such as `/dev/vdb`; what the guest calls it may differ. */
  device: optional(z.string()),
});
export type ServerVolumeAttachment = z.output<typeof serverVolumeAttachmentSchema>;
