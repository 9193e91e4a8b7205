import type * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { BootVolumeArgs, DataVolumeArgs } from "./volume-args.ts";
import { imageId } from "./images.ts";
import { mayResizeOnline } from "../guard/online-resize.ts";
import { openstackSdk } from "../openstack-sdk.ts";
import { volumeSource } from "./volume-sources.ts";

type ChildOptions = pulumi.CustomResourceOptions & { parent: pulumi.Resource };

/**
 * Makes a volume, unless it exists already (`volumeId`).
 *
 * @returns its Cinder id
 */
export function createVolume(
  resourceName: string,
  volumeName: pulumi.Input<string>,
  args: BootVolumeArgs & DataVolumeArgs,
  opts: ChildOptions,
): pulumi.Output<string> {
  const source = volumeSource(args);
  if (source === "volumeId" && args.volumeId !== undefined) return pulumi.output(args.volumeId);
  const volume = new (openstackSdk().blockstorage.Volume)(
    resourceName,
    {
      name: volumeName,
      // Checked by volume-sources.ts: only an existing volume has none.
      size: args.sizeGiB ?? 0,
      enableOnlineResize: mayResizeOnline(resourceName, args, opts),
      ...(args.volumeType !== undefined && { volumeType: args.volumeType }),
      ...(args.snapshotId !== undefined && { snapshotId: args.snapshotId }),
      ...(args.image !== undefined && { imageId: imageId(args.image, opts.parent) }),
    },
    // A source matters at creation only. A later change (such as a new image of the same name) would replace the disk.
    { ...opts, ignoreChanges: ["imageId", "snapshotId"] },
  );
  return volume.id;
}

/**
 * Attaches volumes one after another, so that their device names follow their order.
 *
 * @returns the attachments, and the volumes' ids, each known once that volume is attached
 */
export function attachVolumes(
  serverName: string,
  serverId: pulumi.Input<string>,
  volumes: readonly { key: string; id: pulumi.Input<string> }[],
  opts: pulumi.CustomResourceOptions,
): { attachments: pulumi.Resource[]; volumeIds: pulumi.Output<string>[] } {
  const attachments: openstack.compute.VolumeAttach[] = [];
  for (const { key, id } of volumes) {
    attachments.push(
      new (openstackSdk().compute.VolumeAttach)(
        `${serverName}-${key}`,
        { instanceId: serverId, volumeId: id },
        { ...opts, dependsOn: attachments.slice(-1) },
      ),
    );
  }
  return { attachments, volumeIds: attachments.map((attachment) => attachment.volumeId) };
}
