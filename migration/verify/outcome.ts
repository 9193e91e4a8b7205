import type { Check, Outcome } from "../contract/record.ts";
import { ESSENTIAL } from "./checks.ts";

/** Checks that must have *passed* before a failed migration is called harmless: they exclude a guest in two places. */
export const INTACT: readonly string[] = [...ESSENTIAL, "volume-attached-once"];

/**
 * Whether nothing failed, everything in `mustPass` passed, and nothing that could be checked before the move has
 * become unknown: a service that died meanwhile must not turn a check into a formality.
 */
function sound(checks: readonly Check[], mustPass: readonly string[], checkableBefore: readonly Check[]): boolean {
  const passed = (name: string) => {
    const named = checks.filter(({ check }) => check === name);
    // A server has at least its boot volume, so that each of these checks exists.
    return named.length > 0 && named.every(({ outcome }) => outcome === "passed");
  };
  return (
    checks.every(({ outcome }) => outcome !== "failed") &&
    mustPass.every(passed) &&
    noLongerChecked(checks, checkableBefore).length === 0
  );
}

/** Checks that could be made before and cannot now. Pure. */
export function noLongerChecked(checks: readonly Check[], before: readonly Check[]): Check[] {
  return checks.filter(
    (now) =>
      now.outcome === "not-checked" &&
      before.some(
        (then) =>
          then.check === now.check &&
          // A list that cannot be read has no subjects to name: all of them are lost.
          (now.subject === undefined || then.subject === now.subject) &&
          then.outcome !== "not-checked",
      ),
  );
}

/** Whether the server is whole where the checks looked for it, and only there. Pure. */
export const isIntact = (checks: readonly Check[], before: readonly Check[]): boolean => sound(checks, INTACT, before);

/** Nothing was to be moved: what do the checks say? Pure. */
export function concludeUnmoved(checks: readonly Check[], before: readonly Check[]): Outcome {
  return sound(checks, ESSENTIAL, before) ? "already-there" : "needs-attention";
}

/**
 * A migration has ended. Pure.
 *
 * @param end Whether the record said `completed` once the server had no task any more, and where the server was then.
 * @param checks Made against the destination if it completed or the server is there, against the source if not.
 * @param before The same checks, made before the move.
 */
export function concludeMove(
  end: { completed: boolean; onDestination: boolean },
  checks: readonly Check[],
  before: readonly Check[],
): Outcome {
  if (end.completed) return sound(checks, ESSENTIAL, before) ? "migrated" : "needs-attention";
  // It failed *after* the switch: the guest runs on the destination, and Nova did not tidy up behind it.
  if (end.onDestination) return "needs-attention";
  return sound(checks, INTACT, before) ? "failed" : "needs-attention";
}
