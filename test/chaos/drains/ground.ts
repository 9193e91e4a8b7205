import type { Cloud } from "../../../openstack/cloud.ts";
import type { Hosts } from "../hosts.ts";
import type { Lane } from "../lane.ts";
import type { Servers } from "../servers.ts";

/** Where rounds are played: a zone of the fleet, and the servers in it. */
export interface DrainGround {
  cloud: Cloud;
  hosts: Hosts;
  zone: string;
  servers: Servers;
  numbers: readonly number[];
  /** One for the host that is drained, and one for another that is drained meanwhile. */
  lanes: readonly [Lane, Lane];
}
