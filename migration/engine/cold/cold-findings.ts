import { sh } from "../../../text/shell.ts";
import type { MigrationEntry } from "../../cloud/snapshot.ts";
import type { Finding } from "../../contract/record.ts";
import { transientBlocker, transientWarning } from "../../plan/finding.ts";

const named = ({ id, sourceCompute, destCompute }: MigrationEntry) =>
  `migration ${id}, ${sourceCompute ?? "?"} → ${destCompute ?? "?"}`;

/** @param begun the newest migration; unset: not visible */
export const begunByOthers = (begun: MigrationEntry | undefined): Finding =>
  transientBlocker("moved-by-others", {
    path: "server",
    value: begun ? `${begun.type ?? "migration"} ${begun.id} is ${begun.status}` : "not visible",
    problem: "the cold migration has ended, and someone has begun another migration or resize since",
    fix: "ask who began it, and wait until it has ended; then run this again",
  });

export const begunElsewhere = (migration: MigrationEntry): Finding =>
  transientWarning("begun-elsewhere", {
    path: "server",
    value: named(migration),
    problem: "no run on this machine began the cold migration: one on another machine did, or someone else",
    fix: "nothing, if that is known; else ask who began it",
  });

export const destinationSilent = (host: string): Finding =>
  transientWarning("destination-silent", {
    path: "host",
    value: host,
    problem: `nova-compute on ${host} is down since the server arrived there: whether its guest runs, only the guest can tell`,
    fix: "bring that nova-compute up (`openstack compute service list`), and look whether the guest lives",
  });

/** @param disks in words */
export const writesUndone = (migration: MigrationEntry, disks: string): Finding =>
  transientWarning("writes-undone", {
    path: "server",
    value: disks,
    problem: `Nova restores the server's local disks as they were before the move: what its guest wrote to them on ${migration.destCompute ?? "its destination"} is lost`,
    fix: "nothing, if the guest wrote nothing there that counts; volumes are not concerned",
  });

export const confirmedByOthers = (migration: MigrationEntry): Finding =>
  transientWarning("confirmed-by-others", {
    path: "server",
    value: named(migration),
    problem:
      "the cold migration was confirmed before this program had verified it: by someone else, or by Nova itself (resize_confirm_window)",
    fix: "nothing, if its checks passed: it was verified afterwards. To have it verified first, set resize_confirm_window to 0 on the compute hosts",
  });

/** It was to be reverted. */
export const confirmedAlready = (migration: MigrationEntry, server: string): Finding =>
  transientBlocker("confirmed-already", {
    path: "server",
    value: named(migration),
    problem:
      "the cold migration was confirmed before it could be reverted: by someone else, or by Nova itself (resize_confirm_window)",
    fix: sh`to take it back, move it: \`live-migrate run ${server} --host ${migration.sourceCompute ?? "HOST"}\``,
  });

export const revertedByOthers = (migration: MigrationEntry): Finding =>
  transientBlocker("reverted-by-others", {
    path: "server",
    value: named(migration),
    problem: "the cold migration that an earlier run began was reverted by someone else",
    fix: "ask who reverted it and why; to move it all the same, run this again",
  });
