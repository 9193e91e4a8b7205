import type * as pulumi from "@pulumi/pulumi";

/** The volume that a server boots from. Exactly one of `image`, `snapshotId` and `volumeId` is given. */
export interface BootVolumeArgs {
  /**
   * Name of the volume in Cinder.
   *
   * @default the server's name and "-boot"
   * @example "admin_vol01"
   */
  name?: pulumi.Input<string>;
  /**
   * Size in GiB. It can grow, never shrink. Not with `volumeId`.
   *
   * @default none: it is required, unless `volumeId` is given
   * @example 1
   */
  sizeGiB?: pulumi.Input<number>;
  /**
   * Name or id of a Glance image to make the volume from, once: a later image of that name changes nothing.
   * Of several images with the name the newest is taken.
   *
   * @default none: `snapshotId` or `volumeId` is given instead
   * @example "debian-12"
   */
  image?: pulumi.Input<string>;
  /**
   * Id of a volume snapshot to make the volume from, once.
   *
   * @default none: `image` or `volumeId` is given instead
   * @example snapshot.id
   */
  snapshotId?: pulumi.Input<string>;
  /**
   * Id of an existing bootable volume. It stays outside of this stack: never changed, never deleted.
   *
   * @default none: `image` or `snapshotId` is given instead
   * @example volume.id
   */
  volumeId?: pulumi.Input<string>;
  /**
   * Volume type in Cinder.
   *
   * @default the cloud's default volume type
   * @example "ssd"
   */
  volumeType?: pulumi.Input<string>;
}

/** A volume attached to the running server. */
export interface DataVolumeArgs {
  /**
   * Name of the volume in Cinder.
   *
   * @default its key among the data volumes
   * @example "admin_vol11"
   */
  name?: pulumi.Input<string>;
  /**
   * Size in GiB. It grows while the server runs, where Cinder can; it never shrinks. Not with `volumeId`.
   *
   * @default none: it is required, unless `volumeId` is given
   * @example 10
   */
  sizeGiB?: pulumi.Input<number>;
  /**
   * Id of a volume snapshot to make the volume from, once.
   *
   * @default an empty volume
   * @example snapshot.id
   */
  snapshotId?: pulumi.Input<string>;
  /**
   * Id of an existing volume, to attach only. It stays outside of this stack: never changed, never deleted.
   *
   * @default a new volume
   * @example volume.id
   */
  volumeId?: pulumi.Input<string>;
  /**
   * Volume type in Cinder.
   *
   * @default the cloud's default volume type
   * @example "ssd"
   */
  volumeType?: pulumi.Input<string>;
}
