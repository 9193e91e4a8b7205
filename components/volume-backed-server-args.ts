import type * as pulumi from "@pulumi/pulumi";
import type { GuestCheckArgs } from "./live-migration-args.ts";
import type { BootVolumeArgs, DataVolumeArgs } from "./volumes/volume-args.ts";

/** A network that the server is on. Exactly one of `name`, `id` and `portId` is given. */
export interface NetworkArgs {
  /**
   * Name of the network.
   *
   * @default none: `id` or `portId` is given instead
   * @example "flat"
   */
  name?: pulumi.Input<string>;
  /**
   * Id of the network.
   *
   * @default none: `name` or `portId` is given instead
   * @example network.id
   */
  id?: pulumi.Input<string>;
  /**
   * Id of an existing port.
   *
   * @default a port that Nova makes
   * @example port.id
   */
  portId?: pulumi.Input<string>;
  /**
   * A fixed IPv4 address.
   *
   * @default one that Neutron chooses
   * @example "10.0.0.7"
   */
  fixedIp?: pulumi.Input<string>;
}

/** What a server is made of. Not where it runs: moving it is {@link LiveMigration}'s work. */
export interface VolumeBackedServerArgs {
  /**
   * The nova-compute host to create the server on; read at creation only. The server is not pinned to the host's
   * zone, so that it stays free to move. Later changes are ignored here: `LiveMigration` moves the server.
   *
   * @default the scheduler chooses
   * @example "node-28"
   */
  host?: pulumi.Input<string>;
  /**
   * Name of the server. Changing it renames it in place.
   *
   * @default the resource's name
   * @example "admin_vm01"
   */
  name?: pulumi.Input<string>;
  /**
   * Name of the flavor. Changing it resizes the server, which **restarts the guest**: refused without `allowRestart`.
   *
   * @example "m1.small"
   */
  flavor: pulumi.Input<string>;
  /**
   * Networks, in the guest's order. A change would replace the server: refused without `allowReplacement`.
   *
   * @example [{ name: "flat" }]
   */
  networks: NetworkArgs[];
  /**
   * What it boots from. Its name can change, and its size can grow; other changes are refused, or matter at creation only.
   *
   * @example { name: "admin_vol01", sizeGiB: 10, image: "debian-12" }
   */
  bootVolume: BootVolumeArgs;
  /**
   * Further volumes by name, attached in alphabetical order of the names (which decides their device names in the
   * guest). Adding one attaches it to the running server. Removing one detaches it if the guest does not use it,
   * which is checked over ssh (`guest`). If the guest uses it, or cannot be checked, `forceDetach` is needed. A volume
   * that is removed here is kept in Cinder, unless `protect` is false.
   *
   * @default {}
   * @example { admin_vol11: { sizeGiB: 1 } }
   */
  dataVolumes?: Record<string, DataVolumeArgs>;
  /**
   * Name of a key pair in Nova. A change is refused like that of `networks`.
   *
   * @default none
   * @example "operators"
   */
  keyPair?: pulumi.Input<string>;
  /**
   * Names of security groups, changed in place.
   *
   * @default the project's default group
   * @example ["ssh", "web"]
   */
  securityGroups?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Cloud-init data; kept as a secret in the state. A change is refused like that of `networks`.
   *
   * @default none
   * @example "#cloud-config\npackage_update: true"
   */
  userData?: pulumi.Input<string>;
  /**
   * Metadata of the server, changed in place.
   *
   * @default {}
   * @example { owner: "team-a" }
   */
  metadata?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Id of a server group (affinity, anti-affinity). A change is refused like that of `networks`.
   *
   * @default none
   * @example group.id
   */
  serverGroupId?: pulumi.Input<string>;
  /**
   * Refuse every deletion and replacement of the server and its boot volume, and keep data volumes that are not
   * declared. Set it to `false` and run `up` once before you destroy the stack. No output: it is an option of resources.
   *
   * @default true
   * @example false
   */
  protect?: boolean;
  /**
   * How to check the guest before a volume is detached.
   *
   * @default not checked: see `dataVolumes`
   * @example { user: "root" }
   */
  guest?: GuestCheckArgs;
  /**
   * Names of data volumes that may be detached although the guest uses them, or could not be checked. What the guest has
   * not written yet is lost then. No output: it is the permission of whoever wrote the program.
   *
   * @default []
   * @example ["admin_vol11"]
   */
  forceDetach?: string[];
  /**
   * Let a changed `flavor` resize the server, which restarts the guest. No output: it decides on `ignoreChanges`.
   *
   * @default false
   * @example true
   */
  allowRestart?: boolean;
  /**
   * Let a changed `networks`, `keyPair`, `userData`, `serverGroupId` or another boot volume **delete** the server and
   * make another one, on its volumes. Works only once an `up` with `protect: false` has gone before. No output: it decides
   * on `ignoreChanges`.
   *
   * @default false
   * @example true
   */
  allowReplacement?: boolean;
}
