import * as pulumi from "@pulumi/pulumi";
import type { VolumeBackedServerArgs } from "../components/volume-backed-server-args.ts";

/** A server that boots from a Cinder volume, so that its disks stay where they are when it moves. */
export declare class VolumeBackedServer extends pulumi.ComponentResource {
  readonly serverId: pulumi.Output<string>;
  readonly serverName: pulumi.Output<string>;
  /** Cinder ids by volume name, the boot volume first. */
  readonly volumes: pulumi.Output<Record<string, string>>;
  /** Cinder ids, the boot volume first. Known once every volume is attached. */
  readonly volumeIds: pulumi.Output<string[]>;

  constructor(name: string, args: VolumeBackedServerArgs, opts?: pulumi.ComponentResourceOptions);
}
