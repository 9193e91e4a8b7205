import * as z from "zod/mini";
import { fields, inside, lenient, optional, stringMap, type Skipped } from "../http/answer.ts";
import type { Microversion } from "../http/microversion.ts";
import type { Source } from "../http/paging.ts";
import { segment } from "../../text/url.ts";
import { VersionedClient } from "../http/versioned-client.ts";

/** A volume's attachment as the volume lists it. */
const volumeAttachmentSchema = fields({
  /** Null: attached to a host itself. */
  serverId: ["server_id", z.nullable(z.string())],
  /** The compute host. Administrators only. */
  hostName: ["host_name", optional(z.string())],
  /** Such as `/dev/vdb`. */
  device: optional(z.string()),
});

/** A Cinder volume. `undefined`: not visible to this user. */
export const volumeSchema = z.pipe(
  fields({
    id: z.string(),
    name: z._default(lenient(z.string()), ""),
    /** Such as `available`, `in-use`, `reserved`, `attaching`. */
    status: z.string(),
    sizeGiB: ["size", z.number()],
    /** Cinder writes it as text. */
    bootable: z.pipe(
      z.unknown(),
      z.transform((bootable) => String(bootable) === "true"),
    ),
    multiattach: z._default(optional(z.boolean()), false),
    encrypted: optional(z.boolean()),
    availabilityZone: ["availability_zone", optional(z.string())],
    /** The back end, `host@backend#pool`. Administrators only. */
    host: ["os-vol-host-attr:host", optional(z.string())],
    volumeType: ["volume_type", lenient(z.string())],
    /** Properties of the image that it was made of, such as `hw_tpm_version`; undefined if it was not made of one. */
    imageProperties: ["volume_image_metadata", optional(stringMap)],
    projectId: ["os-vol-tenant-attr:tenant_id", lenient(z.string())],
    /** Finished attachments only; {@link BlockStorage.getAttachments} also has those in progress. */
    attachments: z.array(volumeAttachmentSchema),
  }),
  // The image that it was made of.
  z.transform((volume) => ({ ...volume, imageId: volume.imageProperties?.["image_id"] })),
);
export type Volume = z.output<typeof volumeSchema>;

/** An attachment on its own, finished or not. During a live migration a volume has two for its server. */
export const attachmentSchema = fields({
  id: z.string(),
  volumeId: ["volume_id", z.string()],
  serverId: ["instance", optional(z.string())],
  /** Such as `attached`, `attaching`, `reserved`, `detached`. */
  status: z.string(),
});
export type Attachment = z.output<typeof attachmentSchema>;

/** `/attachments` came with this version. */
const ATTACHMENTS: Microversion = "3.27";
/** The newest version whose answers this client has been written for. */
const NEWEST: Microversion = "3.71";
/** Maximum number of volumes to get one by one; more are taken from the list of all volumes. */
const ONE_BY_ONE = 10;

/** Cinder. */
export class BlockStorage {
  readonly #client: VersionedClient;

  constructor(source: Source) {
    this.#client = new VersionedClient(source, "block-storage", "3.0", NEWEST);
  }

  /** Undefined if this user sees no such volume. */
  async getVolume(id: string): Promise<Volume | undefined> {
    return await this.#client.find(`/volumes/${segment(id)}`, inside("volume", volumeSchema));
  }

  /**
   * Volumes in pages, or the ones with the given ids; ids that do not exist are left out.
   *
   * @param options.allProjects administrators only
   */
  async getVolumes({
    ids,
    allProjects,
    ...options
  }: { ids?: readonly string[]; allProjects?: boolean; skipped?: Skipped[] } = {}): Promise<Volume[]> {
    if (ids && ids.length <= ONE_BY_ONE) {
      const volumes = await Promise.all(ids.map((id) => this.getVolume(id)));
      return volumes.filter((volume) => volume !== undefined);
    }
    const query = { all_tenants: allProjects === true ? 1 : undefined };
    const volumes = await this.#client.collect("/volumes/detail", "volumes", volumeSchema, { ...options, query });
    const wanted = ids && new Set(ids);
    return wanted ? volumes.filter(({ id }) => wanted.has(id)) : volumes;
  }

  /**
   * Attachments, including those in progress.
   *
   * @param options.allProjects needed for another project's server; administrators only
   * @throws RangeError if the cloud is older than 3.27
   */
  async getAttachments(
    options: { instanceId?: string; volumeId?: string; allProjects?: boolean; skipped?: Skipped[] } = {},
  ): Promise<Attachment[]> {
    await this.#client.need(ATTACHMENTS, "list attachments");
    const query = {
      instance_id: options.instanceId,
      volume_id: options.volumeId,
      all_tenants: options.allProjects === true ? 1 : undefined,
    };
    const { skipped } = options;
    const list = { query, ...(skipped && { skipped }) };
    return this.#client.collect("/attachments/detail", "attachments", attachmentSchema, list);
  }
}
