import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { BootVolumeArgs, DataVolumeArgs } from "./volume-args.ts";
import { mayResizeOnline } from "./online-resize.ts";
import { textOf } from "./texts.ts";
import { isUuid, volumeSource } from "./volume-sources.ts";

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
  const volume = new openstack.blockstorage.Volume(
    resourceName,
    {
      name: volumeName,
      // Checked by volume-sources.ts: only an existing volume has none.
      size: args.sizeGiB ?? 0,
      enableOnlineResize: mayResizeOnline(resourceName, args, opts),
      ...(args.volumeType !== undefined && { volumeType: args.volumeType }),
      ...(args.snapshotId !== undefined && { snapshotId: args.snapshotId }),
      ...(args.image !== undefined && { imageId: imageId(args.image, opts) }),
    },
    // A source matters at birth only. Followed later (say, a new image of the same name) it would replace the disk.
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
      new openstack.compute.VolumeAttach(
        `${serverName}-${key}`,
        { instanceId: serverId, volumeId: id },
        { ...opts, dependsOn: attachments.slice(-1) },
      ),
    );
  }
  return { attachments, volumeIds: attachments.map((attachment) => attachment.volumeId) };
}

/** Images by name, asked for once and not for each server: of each provider, for every cloud has its own. */
const images = new WeakMap<pulumi.ProviderResource, Map<string, ReturnType<typeof findImage>>>();

function findImage(name: string, parent: pulumi.Resource) {
  return openstack.images.getImage({ name, mostRecent: true }, { parent });
}

function imageNamed(name: string, parent: pulumi.Resource): ReturnType<typeof findImage> {
  const provider = parent.getProvider("openstack:images/getImage:getImage");
  if (!provider) return findImage(name, parent);
  const known = images.get(provider) ?? new Map<string, ReturnType<typeof findImage>>();
  images.set(provider, known);
  const found = known.get(name) ?? findImage(name, parent);
  known.set(name, found);
  return found;
}

/**
 * The image's id. An image that is gone is a warning, no error: a volume that exists does not care, and its stack must
 * stay usable. A new volume is then refused by Cinder, which is given the text below for an id.
 */
function imageId(image: pulumi.Input<string>, opts: ChildOptions): pulumi.Output<string> {
  return pulumi.output(image).apply(async (nameOrId) => {
    if (isUuid(nameOrId)) return nameOrId;
    try {
      return (await imageNamed(nameOrId, opts.parent)).id;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The provider's own words stand behind a bullet, below several lines of its machinery.
      const reason = /\*\s*(.+)/.exec(message)?.[1] ?? message;
      await pulumi.log.warn(textOf("image-missing", { image: nameOrId, reason }), opts.parent);
      return textOf("in-place-of-image", { image: nameOrId });
    }
  });
}
