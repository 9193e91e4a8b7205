import type * as pulumi from "@pulumi/pulumi";
import type { HostMaintenanceSettings } from "../migration/contract/maintenance-request.ts";
import type { GuestCheckInput } from "../migration/contract/settings.ts";

/** Which hosts are in maintenance, in which cloud. */
export interface HostMaintenanceArgs {
  /**
   * Hosts in maintenance, by the names of their nova-compute services. Those of one component are planned together, and
   * never drained onto each other: a program gives all of its hosts to one component. Adding a host drains it; removing
   * one ends its maintenance, and no other.
   *
   * @example { "node-28": { reason: "kernel upgrade, CHG-1234" } }
   */
  hosts: Record<string, MaintenanceArgs>;
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
}

/** The maintenance of one host. */
export interface MaintenanceArgs {
  /**
   * Why, for whoever lists services: it is added to the disabled reason, which is shortened to 255 characters.
   *
   * @example "kernel upgrade, CHG-1234"
   */
  reason: string;
  /**
   * Only these hosts take the servers, whatever their zone.
   *
   * @default every open host of the same zone
   * @example ["node-27"]
   */
  to?: string[];
  /**
   * Instead of `to`: only open hosts of this availability zone take the servers.
   *
   * @default the zone of the host
   * @example "nova"
   */
  zone?: string;
  /**
   * Lets hosts of other zones take servers, too.
   *
   * @default false
   * @example true
   */
  toOtherZones?: boolean;
  /**
   * Servers that are shut off: `cold` moves them and leaves them off, `leave` leaves them on the host.
   *
   * @default "cold"
   * @example "leave"
   */
  stopped?: NonNullable<HostMaintenanceSettings["stopped"]>;
  /**
   * Servers that cannot be moved live: `refuse` to begin; `leave` them, with which the host is not empty and `up` fails; or
   * `stop` them, which shuts each guest down, moves it cold, and starts it again.
   *
   * @default "refuse"
   * @example "leave"
   */
  notMovable?: NonNullable<HostMaintenanceSettings["notMovable"]>;
  /**
   * The same for single servers, by their ids.
   *
   * @default none
   * @example { "9c0b6f3e-0000-4000-8000-000000000000": "stop" }
   */
  notMovableServers?: Record<string, NonNullable<HostMaintenanceSettings["notMovable"]>>;
  /**
   * Brings the servers home at the end of the maintenance.
   *
   * @default true
   * @example false
   */
  return?: boolean;
  /**
   * Concurrent moves from this host. Nova's own limit is 1 by default (`max_concurrent_live_migrations`).
   *
   * @default 1
   * @example 2
   */
  parallel?: number;
  /**
   * Concurrent moves to each host that takes the servers.
   *
   * @default 2
   * @example 1
   */
  perTarget?: number;
  /**
   * How full a host that takes servers may get, in percent of each resource's capacity in Placement.
   *
   * @default 100
   * @example 80
   */
  fillTo?: number;
  /**
   * How to check the guests over ssh, all alike, on their way there and home. One that does not answer is moved all the
   * same, and nothing in it is compared.
   *
   * @default not checked
   * @example { user: "root", probe: "tcp" }
   */
  guest?: Omit<GuestCheckInput, "address">;
  /**
   * How many servers are moved first, alone; the drain stops if one of them fails.
   *
   * @default 1
   * @example 0
   */
  canary?: number;
  /**
   * Start no more moves after this many failures.
   *
   * @default 1
   * @example 3
   */
  stopAfter?: number;
  /**
   * Servers that appeared on the host since the review that `LIVE_MIGRATE_REVIEWED` names: `refuse` to begin, `leave`
   * them on the host, or `move` them, too. Without that variable nothing is compared.
   *
   * @default "refuse"
   * @example "move"
   */
  unreviewed?: NonNullable<HostMaintenanceSettings["unreviewed"]>;
}
