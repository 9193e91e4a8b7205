import * as pulumi from "@pulumi/pulumi";
import { loadCloudConfig, type CloudSelection } from "../openstack/auth/clouds-config.ts";
import { oneLine } from "../text/visible.ts";

/**
 * The provider's arguments for a cloud. In a preview on a machine that does not know the cloud (a pull request's job
 * without credentials), the cloud's name is an unknown output: Pulumi then compares the program with the stack's state
 * instead of failing at once. An `up` gets the name, and fails with the provider's own error.
 */
export async function cloudProviderArgs(
  selection: { cloud?: string; region?: string },
  { dryRun = pulumi.runtime.isDryRun(), load = loadCloudConfig }: CloudProviderOptions = {},
): Promise<{ cloud?: pulumi.Input<string>; region?: string }> {
  if (!dryRun) return selection;
  try {
    await load(selection);
    return selection;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await pulumi.log.warn(oneLine(`not checked: the cloud is unknown, and \`pulumi up\` will fail: ${reason}`));
    return { ...selection, cloud: pulumi.output(pulumi.unknown) as pulumi.Output<string> };
  }
}

/** Dependencies that tests replace. */
interface CloudProviderOptions {
  /** @default whether this is a preview */
  dryRun?: boolean;
  /** Throws for a cloud that this machine does not know. @default by clouds.yaml or `OS_*` */
  load?: (selection: CloudSelection) => Promise<unknown>;
}
