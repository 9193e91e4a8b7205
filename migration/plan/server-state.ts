/**
 * What brings a server out of a state in which Nova moves none live: a way of its own for each state, for finding.ts.
 * States: nova/api/openstack/common.py (_STATE_MAP); what each lets do: nova/compute/api.py, both at 33.0.2.
 */

import type { ServerFacts } from "../cloud/snapshot.ts";

/** By the server's status. */
const REMEDIES: Readonly<Record<string, string>> = {
  SHUTOFF: "start it: `openstack server start`",
  SUSPENDED: "resume it: `openstack server resume`",
  RESCUE: "end its rescue: `openstack server unrescue`",
  // Until then it holds room on two hosts, and Nova lets it do nothing else.
  VERIFY_RESIZE:
    "confirm or revert its cold migration (`live-migrate confirm`, or `live-migrate revert`, which takes it back to where it came from), or its resize (`openstack server resize confirm`, or `revert`)",
  SHELVED: "unshelve it: `openstack server unshelve`",
  // It has no host: the scheduler chooses one anyway.
  SHELVED_OFFLOADED:
    "unshelve it: `openstack server unshelve`, whose --availability-zone (compute API 2.77) and --host (2.91) say where to",
  SOFT_DELETED: "restore it: `openstack server restore`",
  DELETED: "name another server: this one is deleted",
  ERROR:
    "find out why first; `openstack server set --state active` (newer clients also need `--auto-approve`) only hides it",
  UNKNOWN:
    "find out first why Nova does not know its state: its cell does not answer (`nova-manage cell_v2 list_cells`), or its record is damaged",
  BUILD: "wait until it is built; if that does not end, look in the log of nova-compute on its host",
};
const REMEDY = "wait until the task has ended; `openstack server show` shows it";

/** A server that is shut off can move as it is. */
const COLD: Readonly<Record<string, string>> = {
  SHUTOFF: "; or, to move it as it is, run this with `--cold` (`stopped: cold` in a stack file)",
};

/** States from which nothing follows that the same command could do. */
const FINAL = new Set(["ERROR", "UNKNOWN", "DELETED"]);

/** What to do with a server that is to be moved. */
export function fixToMove(status: string): string {
  const remedy = REMEDIES[status] ?? REMEDY;
  return FINAL.has(status) ? remedy : `${remedy}; then run this again${COLD[status] ?? ""}`;
}

/** What to do with a server that is where it should be. */
export const fixOnTarget = (status: string): string =>
  `to have it ACTIVE, ${REMEDIES[status] ?? REMEDY}; where it is, it is in order`;
/** Statuses in which a server can be live-migrated (nova/compute/api.py live_migrate, check_instance_state). */
export const MOVABLE = new Set(["ACTIVE", "PAUSED"]);
/** Statuses in which a server is in order, though its guest does not run. */
export const RESTING = new Set(["SHUTOFF", "SUSPENDED", "RESCUE", "VERIFY_RESIZE", "SHELVED"]);
/** Whether the server is at rest: nothing is wrong with it, but it cannot be moved live. Pure. */
export const isAtRest = ({ status }: Pick<ServerFacts, "status">): boolean => RESTING.has(status);
