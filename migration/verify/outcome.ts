import type { Check, Outcome } from "../contract/record.ts";
import { ESSENTIAL, isImageOnly } from "./checks.ts";

/** Checks that must have *passed* before a failed migration is called harmless: they exclude a guest in two places. */
export const INTACT: readonly string[] = [...ESSENTIAL, "volume-attached-once"];

/** What checks prove: all is well; nothing is wrong, but something could be checked before and cannot be now; neither. */
type Proof = "sound" | "unproven" | "unsound";

/** A service that died meanwhile must not turn a check into a formality, and is no fault of the server's either. */
function proofOf(checks: readonly Check[], mustPass: readonly string[], checkableBefore: readonly Check[]): Proof {
  const passed = (name: string) => {
    const named = checks.filter(({ check }) => check === name);
    return named.length > 0 && named.every(({ outcome }) => outcome === "passed");
  };
  if (checks.some(({ outcome }) => outcome === "failed") || !mustPass.every(passed)) return "unsound";
  return noLongerChecked(checks, checkableBefore).length > 0 ? "unproven" : "sound";
}

/**
 * The outcome of what is not proved yet is the exit code 6: run again. Exit 0 would report a check that was not made; exit
 * 5 would have a human look at a healthy server, and do what a repetition does: it moves nothing, and verifies.
 */
const outcomeOf = (proof: Proof, sound: Outcome): Outcome =>
  proof === "sound" ? sound : proof === "unproven" ? "still-running" : "needs-attention";

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

/** Whether the server is whole where the checks looked for it, and only there, as far as can be seen. Pure. */
export const isIntact = (checks: readonly Check[], before: readonly Check[]): boolean =>
  proofOf(checks, intact(checks), before) !== "unsound";

/**
 * Of a server without volumes Cinder can exclude nothing: Placement must, which counts its resources on the destination
 * for as long as its guest may run there.
 */
const intact = (checks: readonly Check[]): readonly string[] =>
  isImageOnly(checks) ? [...ESSENTIAL, "allocations"] : INTACT;

/** Nothing was to be moved: what do the checks say? Pure. */
export const concludeUnmoved = (checks: readonly Check[], before: readonly Check[]): Outcome =>
  outcomeOf(proofOf(checks, ESSENTIAL, before), "already-there");

/**
 * A migration has ended. Pure.
 *
 * @param end Whether the record said `completed` once the server had no task, and where the server was then.
 * @param checks Made against the destination if it completed or the server is there, against the source if not.
 * @param before The same checks, made before the move.
 */
export function concludeMove(
  end: { completed: boolean; onDestination: boolean },
  checks: readonly Check[],
  before: readonly Check[],
): Outcome {
  if (end.completed) return outcomeOf(proofOf(checks, ESSENTIAL, before), "migrated");
  // It failed *after* the switch: the guest runs on the destination, and Nova did not tidy up behind it.
  if (end.onDestination) return "needs-attention";
  // Only Cinder's attachments, or Placement, rule out a guest in two places: without them, a failure is for a human.
  return outcomeOf(proofOf(checks, intact(checks), before), "failed");
}
