import type { MigrationEntry } from "../../cloud/snapshot.ts";
import type { Finding } from "../../contract/record.ts";
import { transientBlocker, transientWarning } from "../../plan/finding.ts";

const named = ({ id, sourceCompute, destCompute }: MigrationEntry) =>
  `migration ${id}, ${sourceCompute ?? "?"} → ${destCompute ?? "?"}`;

export const confirmedByOthers = (migration: MigrationEntry): Finding =>
  transientWarning("confirmed-by-others", {
    path: "server",
    value: named(migration),
    problem:
      "the cold migration was confirmed before this program had verified it: by someone else, or by Nova itself (resize_confirm_window)",
    fix: "nothing, if its checks passed: it was verified afterwards. To have it verified first, set resize_confirm_window to 0 on the compute hosts",
  });

export const revertedByOthers = (migration: MigrationEntry): Finding =>
  transientBlocker("reverted-by-others", {
    path: "server",
    value: named(migration),
    problem: "the cold migration that an earlier run began was reverted by someone else",
    fix: "ask who reverted it and why; to move it all the same, run this again",
  });
