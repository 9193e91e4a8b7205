/** Serves the components to Pulumi programs in other languages, one process for each `pulumi` command. */
import { componentProviderHost } from "@pulumi/pulumi/provider/experimental/provider.js";
import { useLauncher } from "../components/launcher.ts";
import { AvailabilityZone, LiveMigration, VolumeBackedServer } from "../components/index.ts";

// Programs of other languages have no node_modules to name the command by.
useLauncher();
void componentProviderHost({
  name: "openstack-live-migration",
  dirname: import.meta.dirname,
  components: [AvailabilityZone, LiveMigration, VolumeBackedServer],
});
