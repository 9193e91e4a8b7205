import { expect, it } from "vitest";
import { fixOnTarget, fixToMove, isAtRest } from "../../../../migration/plan/server-state.ts";

/** By the server's status: what to do if it is to be moved, and if it is where it should be and only rests there. */
const STATES: [status: string, toMove: string, there?: string][] = [
  [
    "SHUTOFF",
    "start it: `openstack server start`; then run this again; or, to move it as it is, run this with `--cold` (`stopped: cold` in a stack file)",
    "to have it ACTIVE, start it: `openstack server start`; where it is, it is in order",
  ],
  [
    "SUSPENDED",
    "resume it: `openstack server resume`; then run this again",
    "to have it ACTIVE, resume it: `openstack server resume`; where it is, it is in order",
  ],
  [
    "RESCUE",
    "end its rescue: `openstack server unrescue`; then run this again",
    "to have it ACTIVE, end its rescue: `openstack server unrescue`; where it is, it is in order",
  ],
  [
    "VERIFY_RESIZE",
    "confirm or revert its cold migration (`live-migrate confirm`, or `live-migrate revert`, which takes it back to where it came from), or its resize (`openstack server resize confirm`, or `revert`); then run this again",
    "to have it ACTIVE, confirm or revert its cold migration (`live-migrate confirm`, or `live-migrate revert`, which takes it back to where it came from), or its resize (`openstack server resize confirm`, or `revert`); where it is, it is in order",
  ],
  [
    "SHELVED",
    "unshelve it: `openstack server unshelve`; then run this again",
    "to have it ACTIVE, unshelve it: `openstack server unshelve`; where it is, it is in order",
  ],
  [
    "SHELVED_OFFLOADED",
    "unshelve it: `openstack server unshelve`, whose --availability-zone (compute API 2.77) and --host (2.91) say where to; then run this again",
  ],
  ["SOFT_DELETED", "restore it: `openstack server restore`; then run this again"],
  ["DELETED", "name another server: this one is deleted"],
  [
    "ERROR",
    "find out why first; `openstack server set --state active` (newer clients also need `--auto-approve`) only hides it",
  ],
  [
    "UNKNOWN",
    "find out first why Nova does not know its state: its cell does not answer (`nova-manage cell_v2 list_cells`), or its record is damaged",
  ],
  [
    "BUILD",
    "wait until it is built; if that does not end, look in the log of nova-compute on its host; then run this again",
  ],
  // Each has a task while it lasts, which stops the move first (server-busy).
  ...["REBUILD", "REBOOT", "HARD_REBOOT", "RESIZE", "REVERT_RESIZE", "PASSWORD", "MIGRATING"].map(
    (status): [string, string] => [
      status,
      "wait until the task has ended; `openstack server show` shows it; then run this again",
    ],
  ),
];

it.each(STATES)("names for a server in %s the command that ends this state", (status, toMove, there) => {
  expect(fixToMove(status)).toBe(toMove);
  expect(isAtRest({ status })).toBe(there !== undefined);
  if (there !== undefined) expect(fixOnTarget(status)).toBe(there);
});
