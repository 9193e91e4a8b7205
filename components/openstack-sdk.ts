import { createRequire } from "node:module";

type OpenStackSdk = typeof import("@pulumi/openstack");

const load = createRequire(import.meta.url);
let loaded: OpenStackSdk | undefined;

/**
 * The provider's SDK, loaded when the first component needs it: `LiveMigration` alone works without it.
 *
 * @throws Error that says what to install
 */
export function openstackSdk(): OpenStackSdk {
  try {
    return (loaded ??= load("@pulumi/openstack") as OpenStackSdk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    const problem =
      "AvailabilityZone and VolumeBackedServer need the package @pulumi/openstack, which is not installed";
    throw new Error(`${problem}. Fix: npm install @pulumi/openstack@3.15.2`, { cause: error });
  }
}
