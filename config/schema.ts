/** The schema of a stack's configuration. How settings depend on each other: cross-checks.ts. */
import { z } from "zod";
import { partial } from "zod/mini";
import { HostMaintenanceSchema } from "../migration/contract/maintenance-request.ts";
import { GuestCheckSchema, stackShape } from "../migration/contract/settings.ts";

const name = z.string().min(1).max(255);
const sizeGiB = z
  .int()
  .min(1)
  .optional()
  .describe("Size in GiB: needed for a new volume, refused beside volumeId. It can grow, never shrink.");

const BootVolumeSchema = z
  .strictObject({
    name: name.optional().describe('Name in Cinder. Default: the server\'s name and "-boot".'),
    sizeGiB,
    image: name.optional().describe("Name or id of the image to make the volume from, once."),
    snapshotId: name.optional().describe("Id of a volume snapshot to make the volume from, once."),
    volumeId: name.optional().describe("Id of an existing bootable volume, used as it is; without sizeGiB."),
    volumeType: name.optional().describe("Default: the cloud's own."),
  })
  .describe("What the server boots from: exactly one of image, snapshotId and volumeId.");

const DataVolumeSchema = z
  .strictObject({
    sizeGiB,
    snapshotId: name.optional().describe("Id of a volume snapshot to make the volume from. Default: an empty volume."),
    volumeId: name.optional().describe("Id of an existing volume, attached as it is; without sizeGiB."),
    volumeType: name.optional().describe("Default: the cloud's own."),
  })
  .describe("A volume attached to the running server.");

const NetworkSchema = z
  .union([
    name,
    z
      .strictObject({
        name: name.optional(),
        id: name.optional(),
        portId: name.optional(),
        fixedIp: z.ipv4().optional(),
      })
      .refine((n) => [n.name, n.id, n.portId].filter((v) => v !== undefined).length === 1, {
        message: "give exactly one of name, id and portId",
      }),
  ])
  .describe("A network's name, or { name | id | portId, fixedIp }.");

const MigrationSchema = z.strictObject(stackShape("migration")).describe("How the server may be moved.");

const { guest, ...place } = stackShape("server");

export const ServerSchema = z
  .strictObject({
    ...place,
    flavor: name.describe("Name of the flavor. Changing it restarts the guest: refused without allowRestart."),
    networks: z.array(NetworkSchema).min(1).describe("Networks of the server, in the guest's order."),
    bootVolume: BootVolumeSchema,
    dataVolumes: z
      .record(name, DataVolumeSchema)
      .default({})
      .describe("Data volumes by name. They are attached in alphabetical order."),
    keyPair: name.optional().describe("Name of a key pair in Nova."),
    securityGroups: z.array(name).optional().describe("Default: the project's default group."),
    userData: z.string().optional().describe("Cloud-init data, inline."),
    userDataFile: name.optional().describe("Instead of userData: a file, relative to this directory."),
    metadata: z.record(name, z.string()).optional().describe("Metadata of the server."),
    serverGroupId: name.optional().describe("Id of a server group."),
    guest,
    migration: MigrationSchema.default({}),
    protect: z
      .boolean()
      .default(true)
      .describe("Refuse deletion and replacement of the server; keep data volumes that are removed here."),
    forceDetach: z
      .array(name)
      .optional()
      .describe("Data volumes that may be detached although the guest uses them, or could not be checked."),
    allowRestart: z
      .boolean()
      .optional()
      .describe("Let a changed flavor resize the server, and kind: cold move it cold: the guest restarts."),
    allowReplacement: z
      .boolean()
      .optional()
      .describe("Let changes delete the server and make another one on its volumes, once protect is false."),
  })
  .describe("A volume-backed server.");

/** Defaults for all servers: any setting of a server except its place. */
export const DefaultsSchema = z
  .strictObject({
    ...ServerSchema.omit({
      host: true,
      zone: true,
      dataVolumes: true,
      migration: true,
      protect: true,
      bootVolume: true,
      forceDetach: true,
      allowRestart: true,
      allowReplacement: true,
    }).partial().shape,
    bootVolume: BootVolumeSchema.omit({ name: true, volumeId: true }).optional(),
    migration: MigrationSchema.optional(),
    guest: z.optional(partial(GuestCheckSchema)),
    protect: z.boolean().optional(),
  })
  .describe("Values for every server that does not give its own. Objects are merged, lists are not.");

export const StackConfigSchema = z.strictObject({
  ...stackShape("stack"),
  zones: z
    .record(name, z.array(name))
    .default({})
    .describe(
      "Availability zones that this stack manages: name → nova-compute hosts. Empty: the stack does not manage zones.",
    ),
  hosts: z
    .record(
      name,
      z.strictObject({
        maintenance: z
          .optional(HostMaintenanceSchema)
          .describe("Drains the host and proves it empty. Removing it enables the host and brings its servers home."),
      }),
    )
    .default({})
    .describe("Compute hosts by name: those in maintenance."),
  defaults: DefaultsSchema.default({}),
  servers: z.record(name, ServerSchema).default({}).describe("Servers by name."),
});

export type StackConfig = z.output<typeof StackConfigSchema>;
export type ServerConfig = z.output<typeof ServerSchema>;
