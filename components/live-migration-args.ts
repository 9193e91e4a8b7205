import type * as pulumi from "@pulumi/pulumi";
import type {
  AzPinPolicy,
  DowntimeProbe,
  DriftPolicy,
  KindPolicy,
  StoppedPolicy,
  TimeoutPolicy,
} from "../migration/contract/settings.ts";

/** What to check in the guest, over ssh with a key. What is left out is not checked; only `user` is required. */
export interface GuestCheckArgs {
  /**
   * User to log in as.
   *
   * @example "root"
   */
  user: pulumi.Input<string>;
  /**
   * Address of the guest that the machine which runs Pulumi reaches.
   *
   * @default the server's first floating, else fixed IPv4 address
   * @example "203.0.113.7"
   */
  address?: pulumi.Input<string>;
  /**
   * Port of ssh.
   *
   * @default 22
   * @example 2222
   */
  port?: pulumi.Input<number>;
  /**
   * Private key file.
   *
   * @default what ssh itself would use (agent, ~/.ssh)
   * @example "/etc/live-migrate/id_ed25519"
   */
  identityFile?: pulumi.Input<string>;
  /**
   * File of known hosts that has the guest's key.
   *
   * @default the guest's first key in a run is trusted, and must stay the same in that run
   * @example "/etc/live-migrate/known_hosts"
   */
  knownHostsFile?: pulumi.Input<string>;
  /**
   * Mount points whose `df` must be the same after the migration.
   *
   * @default []
   * @example ["/mnt/vol01"]
   */
  mountPoints?: pulumi.Input<string[]>;
  /**
   * Files whose SHA-256 must be the same after the migration; each is read whole, so keep them small.
   *
   * @default []
   * @example ["/etc/hostname"]
   */
  files?: pulumi.Input<string[]>;
  /**
   * How to measure downtime; `tcp` does so over one connection of ssh, where ICMP does not pass.
   *
   * @default "ping"
   * @example "tcp"
   */
  probe?: pulumi.Input<DowntimeProbe>;
  /**
   * Seconds to wait for a guest that does not answer yet, from 0 to 3600.
   *
   * @default 120
   * @example 300
   */
  waitSeconds?: pulumi.Input<number>;
}

/** Where a server shall run, and how it may be brought there. Exactly one of `host` and `zone` is given. */
export interface LiveMigrationArgs {
  /**
   * Id of the server: `serverId` of a `VolumeBackedServer`, or `id` of an `Instance` of your own, whose options need
   * `ignoreChanges` (docs/changes.md).
   *
   * @example instance.id
   */
  serverId: pulumi.Input<string>;
  /**
   * The nova-compute host that the server shall run on. Changing it moves the running server there.
   *
   * @default none: `zone` is given instead
   * @example "node-31"
   */
  host?: pulumi.Input<string>;
  /**
   * An availability zone to run in: the best host of it is chosen, and kept on later runs.
   *
   * @default none: `host` is given instead
   * @example "nova2"
   */
  zone?: pulumi.Input<string>;
  /**
   * Cinder ids of every volume that must be attached, before and after.
   *
   * @default those found before the move
   * @example [volume.id]
   */
  volumeIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * An entry of clouds.yaml.
   *
   * @default `OS_CLOUD`, else `OS_*` of the environment
   * @example "prod"
   */
  cloud?: pulumi.Input<string>;
  /**
   * Region of the cloud.
   *
   * @default the cloud's own
   * @example "RegionOne"
   */
  region?: pulumi.Input<string>;
  /**
   * What to do with a server that is pinned to its zone: `refuse` to move it out of there; `unpin` it for the move, and
   * pin it to its new zone (compute API 2.104); or `force` the move, which leaves the old pin (below 2.68).
   *
   * @default "refuse"
   * @example "unpin"
   */
  azPin?: pulumi.Input<AzPinPolicy>;
  /**
   * How to move the server. `auto` and `live` keep a running guest running: Nova copies its memory, and its local disks
   * where its hosts do not share them. `auto` moves a server that is shut off as `stopped` says, `live` never. `cold`
   * shuts a running guest down, moves the server, and starts it on its destination; it needs `allowRestart`. No output: a
   * preview has to say whether the guest is stopped.
   *
   * @default "auto"
   * @example "live"
   */
  kind?: KindPolicy;
  /**
   * Lets `kind: "cold"` shut a running guest down. No output: it is the permission of whoever wrote the program.
   *
   * @default false
   * @example true
   */
  allowRestart?: boolean;
  /**
   * What to do with a server that is shut off: `refuse` to move it, or `cold`, which moves it and leaves it off.
   *
   * @default "refuse"
   * @example "cold"
   */
  stopped?: pulumi.Input<StoppedPolicy>;
  /**
   * What to do when time runs out, or memory stops shrinking, while Nova still migrates: `fail` stops watching and says
   * so, `abort` takes the move back, `force-complete` pauses the guest until its memory is copied.
   *
   * @default "fail"
   * @example "abort"
   */
  onTimeout?: pulumi.Input<TimeoutPolicy>;
  /**
   * Deadline of the move itself, in seconds.
   *
   * @default 800 per GiB of RAM and of each local disk, at least 1600 for each, plus time spent queued
   * @example 3600
   */
  timeoutSeconds?: pulumi.Input<number>;
  /**
   * So long without memory progress counts as a stall, in seconds.
   *
   * @default 300
   * @example 600
   */
  stallSeconds?: pulumi.Input<number>;
  /**
   * How to look into the guest, over ssh, before and after the move.
   *
   * @default the guest checks are reported as not checked
   * @example { user: "root", mountPoints: ["/mnt/vol01"] }
   */
  guest?: GuestCheckArgs;
  /**
   * What to do when the server was moved by others, so that it is not where the last `up` verified it:
   * `restore` shows in the preview as an update, and `up` moves it back; `warn` only says so; `ignore` is silent.
   *
   * @default "restore"
   * @example "warn"
   */
  onDrift?: pulumi.Input<DriftPolicy>;
}
