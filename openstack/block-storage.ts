import { isStatus } from "./errors.ts";
import type { JsonReader } from "./json-reader.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import { segment } from "../text/url.ts";
import type { Session } from "./session.ts";
import { optionalUtc } from "./time.ts";
import { VersionedClient } from "./versioned-client.ts";

/** A Cinder volume. `undefined` means that the cloud does not tell this user. */
export interface Volume {
  id: string;
  name: string;
  /** Such as `available`, `in-use`, `reserved`, `attaching`. */
  status: string;
  sizeGiB: number;
  bootable: boolean;
  multiattach: boolean;
  encrypted: boolean | undefined;
  availabilityZone: string | undefined;
  /** The back end, `host@backend#pool`. Administrators only. */
  host: string | undefined;
  volumeType: string | undefined;
  /** The image that it was made of. */
  imageId?: string;
  /** Properties of that image, such as `hw_tpm_version`; unset for a volume that was not made of one. */
  imageProperties?: Readonly<Record<string, string>>;
  projectId: string | undefined;
  /** Finished attachments only; {@link BlockStorage.getAttachments} has those that are being made too. */
  attachments: VolumeAttachment[];
}

/** A volume's attachment as the volume lists it. */
export interface VolumeAttachment {
  attachmentId: string | undefined;
  serverId: string;
  /** The compute host. Administrators only. */
  hostName: string | undefined;
  /** Such as `/dev/vdb`. */
  device: string | undefined;
  attachedAt: string | undefined;
}

/** An attachment on its own, finished or not. During a live migration a volume has two for its server. */
export interface Attachment {
  id: string;
  volumeId: string;
  serverId: string | undefined;
  /** Such as `attached`, `attaching`, `reserved`, `detached`. */
  status: string;
  mode: string | undefined;
  attachedAt: string | undefined;
}

/** `/attachments` came with this version. */
const ATTACHMENTS: Microversion = "3.27";
/** The newest version whose answers this client has been written for. */
const NEWEST: Microversion = "3.71";
/** Up to so many volumes are asked for one by one; more are found in the list of all. */
const ONE_BY_ONE = 10;

const readVolumeAttachment = (attachment: JsonReader): VolumeAttachment => ({
  attachmentId: attachment.optionalString("attachment_id"),
  serverId: attachment.string("server_id"),
  hostName: attachment.optionalString("host_name"),
  device: attachment.optionalString("device"),
  attachedAt: optionalUtc(attachment.optionalString("attached_at")),
});

const readImage = (volume: JsonReader): Pick<Volume, "imageId" | "imageProperties"> => {
  const imageProperties = volume.optionalStringMap("volume_image_metadata");
  const imageId = imageProperties?.["image_id"];
  return { ...(imageId !== undefined && { imageId }), ...(imageProperties && { imageProperties }) };
};

export const readVolume = (volume: JsonReader): Volume => ({
  ...readImage(volume),
  id: volume.string("id"),
  name: volume.optionalString("name") ?? "",
  status: volume.string("status"),
  sizeGiB: volume.number("size"),
  // Cinder writes this one as text.
  bootable: String(volume.raw("bootable")) === "true",
  multiattach: volume.optionalBoolean("multiattach") ?? false,
  encrypted: volume.optionalBoolean("encrypted"),
  availabilityZone: volume.optionalString("availability_zone"),
  host: volume.optionalString("os-vol-host-attr:host"),
  volumeType: volume.optionalString("volume_type"),
  projectId: volume.optionalString("os-vol-tenant-attr:tenant_id"),
  attachments: volume.objects("attachments").map(readVolumeAttachment),
});

export const readAttachment = (attachment: JsonReader): Attachment => ({
  id: attachment.string("id"),
  volumeId: attachment.string("volume_id"),
  serverId: attachment.optionalString("instance"),
  status: attachment.string("status"),
  mode: attachment.optionalString("attach_mode"),
  attachedAt: optionalUtc(attachment.optionalString("attached_at")),
});

/** Cinder. */
export class BlockStorage {
  readonly #client: VersionedClient;

  constructor(session: Session) {
    this.#client = new VersionedClient(session, "block-storage", "3.0", NEWEST);
  }

  /** The microversions of this cloud; asked for once. */
  range(): Promise<MicroversionRange> {
    return this.#client.range();
  }

  /** Undefined if there is none that this user may see. */
  async getVolume(id: string): Promise<Volume | undefined> {
    try {
      return readVolume((await this.#client.get(`/volumes/${segment(id)}`)).object("volume"));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /**
   * Volumes in pages, or the ones with the given ids; ids that do not exist are left out.
   *
   * @param options.allProjects administrators only
   */
  async getVolumes(options: { ids?: readonly string[]; allProjects?: boolean } = {}): Promise<Volume[]> {
    const { ids, allProjects } = options;
    if (ids && ids.length <= ONE_BY_ONE) {
      const volumes = await Promise.all(ids.map((id) => this.getVolume(id)));
      return volumes.filter((volume) => volume !== undefined);
    }
    const query = { all_tenants: allProjects === true ? 1 : undefined };
    const volumes = await this.#client.collect("/volumes/detail", "volumes", readVolume, { query });
    const wanted = ids && new Set(ids);
    return wanted ? volumes.filter(({ id }) => wanted.has(id)) : volumes;
  }

  /**
   * Attachments, those being made or undone included.
   *
   * @param options.allProjects needed for another project's server; administrators only
   * @throws RangeError if the cloud is older than 3.27
   */
  async getAttachments(
    options: { instanceId?: string; volumeId?: string; allProjects?: boolean } = {},
  ): Promise<Attachment[]> {
    await this.#client.need(ATTACHMENTS, "list attachments");
    const query = {
      instance_id: options.instanceId,
      volume_id: options.volumeId,
      all_tenants: options.allProjects === true ? 1 : undefined,
    };
    return this.#client.collect("/attachments/detail", "attachments", readAttachment, { query });
  }
}
