import type * as pulumi from "@pulumi/pulumi";
import type {
  AzPinPolicy,
  DriftPolicy,
  GuestCheckInput,
  KindPolicy,
  StoppedPolicy,
  TimeoutPolicy,
} from "../migration/contract/settings.ts";
import type { MovePlanner } from "./preview/move-planner.ts";

/** What to look at inside the guest; see the engine's own `GuestCheckInput`. */
export type GuestCheckArgs = { [K in keyof GuestCheckInput]: pulumi.Input<GuestCheckInput[K]> };

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
   * @example "node-31"
   */
  host?: pulumi.Input<string>;
  /**
   * An availability zone to run in: the best host of it is chosen, and kept on later runs.
   *
   * @example "nova2"
   */
  zone?: pulumi.Input<string>;
  /** Cinder ids of every volume that must be attached, before and after. @default those found before the move */
  volumeIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** An entry of clouds.yaml. @default `OS_CLOUD`, else `OS_*` */
  cloud?: pulumi.Input<string>;
  /** @default the cloud's own */
  region?: pulumi.Input<string>;
  /** What to do with a server that is pinned to its zone. @default "refuse" */
  azPin?: pulumi.Input<AzPinPolicy>;
  /**
   * How to move the server. `auto` and `live` keep a running guest running: Nova copies its memory, and its local disks
   * where its hosts do not share them. `auto` moves a server that is shut off as `stopped` says, `live` never. `cold`
   * shuts a running guest down, moves the server, and starts it on its destination; it needs `allowRestart`.
   *
   * @default "auto"
   */
  kind?: KindPolicy;
  /** Lets `kind: "cold"` shut a running guest down. @default false */
  allowRestart?: boolean;
  /** What to do with a server that is shut off: `cold` moves it cold, which leaves it off. @default "refuse" */
  stopped?: pulumi.Input<StoppedPolicy>;
  /** What to do when time runs out, or memory stops shrinking, while Nova still migrates. @default "fail" */
  onTimeout?: pulumi.Input<TimeoutPolicy>;
  /** Deadline of the move itself, in seconds. @default 800 per GiB of RAM and of each local disk, at least 1600 for each, plus time spent queued */
  timeoutSeconds?: pulumi.Input<number>;
  /** So long without memory progress counts as a stall, in seconds. @default 300 */
  stallSeconds?: pulumi.Input<number>;
  /** Look into the guest too, over ssh. @default the guest checks are reported as not checked */
  guest?: GuestCheckArgs;
  /**
   * What to do when the server was moved by others, so that it is not where the last `up` verified it:
   * `restore` shows in the preview as an update, and `up` moves it back; `warn` only says so; `ignore` is silent.
   *
   * @default "restore"
   */
  onDrift?: pulumi.Input<DriftPolicy>;
  /**
   * Plans the move in previews; `null`: nothing is planned, and drift is not looked for.
   *
   * @default one that all migrations of a program share; none if the environment says `LIVE_MIGRATE_PLANNING=off`
   */
  planner?: MovePlanner | null;
}
