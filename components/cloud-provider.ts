import * as pulumi from "@pulumi/pulumi";
import { loadCloudConfig, type CloudSelection } from "../openstack/auth/clouds-config.ts";
import { textOf } from "./texts.ts";

/**
 * The provider's arguments for a cloud. In a preview on a machine that does not know the cloud (a pull request's job
 * without credentials) its name counts as not known yet: Pulumi then compares what is declared with the stack's state,
 * where it would else end at once. An `up` gets the name, and the provider's own refusal.
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
    await pulumi.log.warn(textOf("cloud-unknown", { reason }));
    return { ...selection, cloud: pulumi.output(pulumi.unknown) as pulumi.Output<string> };
  }
}

/** What it needs of the world; tests give their own. */
interface CloudProviderOptions {
  /** @default whether this is a preview */
  dryRun?: boolean;
  /** Throws for a cloud that this machine does not know. @default by clouds.yaml or `OS_*` */
  load?: (selection: CloudSelection) => Promise<unknown>;
}
