/** A server that boots from an image, declared as an `Instance` of this program, and moved live by `LiveMigration`. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { LiveMigration } from "../../components/index.ts";

const config = new pulumi.Config();
const host = config.require("host");

const instance = new openstack.compute.Instance(
  "own_vm01",
  {
    name: "own_vm01",
    flavorName: config.require("flavor"),
    imageName: config.require("image"),
    networks: [{ name: config.require("network") }],
    // Nothing before the colon: the new server starts on this host, and its zone is not pinned.
    availabilityZoneHints: `:${host}`,
  },
  {
    ignoreChanges: [
      // Where the server is made and runs: the provider would replace it.
      "availabilityZone",
      "availabilityZoneHints",
      // To the provider, a renamed or deleted image is another one: it would rebuild the server, and its data would be lost.
      "imageId",
      "imageName",
    ],
    protect: true,
  },
);

const move = new LiveMigration("own_vm01", { serverId: instance.id, host });

/** Id of the server. It never changes. */
export const serverId = instance.id;

/** Where the server runs, as verified. */
export const runsOn = { host: move.host, availabilityZone: move.availabilityZone };
