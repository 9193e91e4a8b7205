import { labelOf, maintenanceOf, migrationOf, type Step } from "./document.ts";

/** Resources besides migrations that a preview would touch, by what would become of them. */
export interface Changes {
  deleted: string[];
  replaced: string[];
  /** By operation: `create`, `update` and `import`. */
  others: Record<string, string[]>;
  /** Resources by operation, for operations that this version does not know. */
  unknown: Record<string, string[]>;
}

/** A replacement has up to three steps. */
const REPLACEMENT = new Set(["replace", "create-replacement", "delete-replaced", "import-replacement"]);
const ORDINARY = new Set(["create", "update", "import"]);

/**
 * Counts what a preview does besides moving. Components are left out: they are only their parts, and those are here.
 * Of a migration only its replacement counts: its moves have a table, and its deletion does nothing to the server. Pure.
 */
export function otherChanges(steps: readonly Step[]): Changes {
  const changes: Changes = { deleted: [], replaced: [], others: {}, unknown: {} };
  const replaced = new Set<string>();
  for (const { op, urn, newState, oldState } of steps) {
    const isPart = (newState ?? oldState)?.custom ?? true;
    const label = labelOf(urn);
    if (REPLACEMENT.has(op)) {
      if (isPart && !replaced.has(urn)) changes.replaced.push(label);
      replaced.add(urn);
    } else if (op !== "delete" && !ORDINARY.has(op)) (changes.unknown[op] ??= []).push(label);
    // A maintenance has a part of its own in the comment; its end loses nothing.
    else if (!isPart || migrationOf(urn) !== undefined || maintenanceOf(urn) !== undefined) continue;
    else if (op === "delete") changes.deleted.push(label);
    else (changes.others[op] ??= []).push(label);
  }
  return changes;
}
