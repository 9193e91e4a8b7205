import { isMigration } from "./moves.ts";
import { nameOf, typeOf, type Step } from "./document.ts";

/** Resources besides migrations that a preview would touch, by what would become of them. */
export interface Changes {
  deleted: string[];
  replaced: string[];
  /** By operation, such as `create` and `update`. */
  others: Record<string, string[]>;
}

/** A replacement is told in up to three steps. */
const REPLACEMENT = new Set(["replace", "create-replacement", "delete-replaced", "import-replacement"]);

/**
 * Counts what a preview does besides moving. Components are left out: they are only their parts, and those are here.
 * Pure.
 */
export function otherChanges(steps: readonly Step[]): Changes {
  const changes: Changes = { deleted: [], replaced: [], others: {} };
  for (const step of steps) {
    const custom = (step.newState ?? step.oldState)?.custom ?? true;
    if (!custom || isHarmless(step)) continue;
    const name = `${typeOf(step.urn)} ${nameOf(step.urn)}`;
    if (REPLACEMENT.has(step.op)) {
      if (!changes.replaced.includes(name)) changes.replaced.push(name);
    } else if (step.op === "delete") changes.deleted.push(name);
    else (changes.others[step.op] ??= []).push(name);
  }
  return changes;
}

/** Migrations stand in a table of their own. Their deletion does nothing to the server. */
const isHarmless = (step: Step) => isMigration(step) && !REPLACEMENT.has(step.op);
