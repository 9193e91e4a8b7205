import * as pulumi from "@pulumi/pulumi";
import { knownValue } from "../known-value.ts";
import { readStackResources, type StackResources } from "../state/stack-state.ts";

const VOLUME = "openstack:blockstorage/volume:Volume";

/**
 * Whether a volume is declared as one that grows while it is attached: always, but for an imported one of the declared
 * size. Of that the provider cannot know; declared with a new size only, it makes no change of its own.
 */
export function mayResizeOnline(
  name: string,
  { sizeGiB }: { sizeGiB?: pulumi.Input<number> },
  { parent }: { parent: pulumi.Resource },
): pulumi.Output<boolean> {
  const decided = Promise.all([
    knownValue(pulumi.createUrn(name, VOLUME, parent)),
    knownValue(pulumi.output(sizeGiB)),
  ]).then(async ([urn, size]) => {
    // Without the last state volumes are declared as ever.
    const resources: StackResources = await readStackResources().catch(() => ({}));
    const last = resources[urn ?? ""]?.outputs;
    return last === undefined || last["enableOnlineResize"] === true || last["size"] !== size ? true : undefined;
  });
  // Pulumi leaves out what turns out to be undefined; its types cannot say so.
  return pulumi.output(decided) as pulumi.Output<boolean>;
}
