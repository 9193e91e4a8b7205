import * as pulumi from "@pulumi/pulumi";
import { openstackSdk } from "../openstack-sdk.ts";
import { oneLine } from "../../text/visible.ts";
import { isUuid } from "./volume-sources.ts";

/** Images by name: looked up once for each provider, not for each server. */
const images = new WeakMap<pulumi.ProviderResource, Map<string, ReturnType<typeof findImage>>>();

function findImage(name: string, parent: pulumi.Resource) {
  return openstackSdk().images.getImage({ name, mostRecent: true }, { parent });
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
 * The image's id. A failed look-up is a warning, not an error: an existing volume no longer needs its image, and
 * its stack must stay usable. For a new volume Cinder gets a text that is not an id, and refuses it.
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

/** The provider's answer for a missing image; every other answer is a failed look-up. */
const NO_SUCH_IMAGE = /\bYour query returned no results\b/;

/** The warning about a failed look-up, and the text that takes the place of the image's id. Pure. */
export function imageTrouble(image: string, message: string): { warning: string; instead: string } {
  // The provider's own message follows a bullet, after several lines about the call.
  const reason = oneLine(/\*\s*(.+)/.exec(message)?.[1] ?? message) || "no reason given";
  return NO_SUCH_IMAGE.test(message)
    ? {
        warning:
          `image ${image} was not found (${reason}). Existing volumes keep their data; a new volume cannot be made ` +
          "from it. Fix: use a name that `openstack image list` shows",
        instead: `no image named ${image}`,
      }
    : {
        warning:
          `image ${image} was not checked: the image lookup failed (${reason}). Existing volumes keep their data; ` +
          "a new volume cannot be made from it now. Fix: check the cloud and its credentials, then preview again",
        instead: `image ${image}, which was not looked up`,
      };
}
