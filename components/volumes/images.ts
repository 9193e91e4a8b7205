import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { textOf } from "../texts.ts";
import { isUuid } from "./volume-sources.ts";

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
 * The image's id. An image that is gone, or a cloud that cannot be asked, is a warning, no error: a volume that exists
 * does not care, and its stack must stay usable. A new volume is then refused by Cinder, which is given a text for an id.
 */
export function imageId(image: pulumi.Input<string>, parent: pulumi.Resource): pulumi.Output<string> {
  return pulumi.output(image).apply(async (nameOrId) => {
    if (isUuid(nameOrId)) return nameOrId;
    try {
      return (await imageNamed(nameOrId, parent)).id;
    } catch (error) {
      const { warning, instead } = imageTrouble(nameOrId, error instanceof Error ? error.message : String(error));
      await pulumi.log.warn(warning, parent);
      return instead;
    }
  });
}

/** The one answer of the provider that is about the image; all others say why it could not ask, or not understand. */
const NO_SUCH_IMAGE = /\bYour query returned no results\b/;

/** What a failed look-up is told as, and what stands for the image's id. Pure. */
export function imageTrouble(image: string, message: string): { warning: string; instead: string } {
  // The provider's own words stand behind a bullet, below several lines of its machinery.
  const reason = /\*\s*(.+)/.exec(message)?.[1] ?? message;
  return NO_SUCH_IMAGE.test(message)
    ? { warning: textOf("image-missing", { image, reason }), instead: textOf("in-place-of-image", { image }) }
    : {
        warning: textOf("image-not-checked", { image, reason }),
        instead: textOf("in-place-of-unchecked-image", { image }),
      };
}
