import type { Check, Outcome } from "./record.ts";
import { ESSENTIAL } from "./verify.ts";

/** Checks that must have *passed* before a failed migration is called harmless: they exclude a guest in two places. */
const INTACT = [...ESSENTIAL, "volume-attached-once"];

const failed = (checks: Check[]) => checks.some(({ outcome }) => outcome === "failed");
const allPassed = (checks: Check[], names: readonly string[]) =>
  names.every((name) => {
    const named = checks.filter(({ check }) => check === name);
    // A server has at least its boot volume, so that each of these checks exists.
    return named.length > 0 && named.every(({ outcome }) => outcome === "passed");
  });

/** Nothing was to be moved: what do the checks say? Pure. */
export function concludeThere(checks: Check[]): Outcome {
  return !failed(checks) && allPassed(checks, ESSENTIAL) ? "already-there" : "needs-attention";
}

/**
 * A migration has ended. Pure.
 *
 * @param status The record's status once the server had no task any more.
 * @param checks Made against the destination if it completed, against the source if not.
 */
export function concludeMove(status: string, checks: Check[]): Outcome {
  if (failed(checks)) return "needs-attention";
  if (status === "completed") return allPassed(checks, ESSENTIAL) ? "migrated" : "needs-attention";
  return allPassed(checks, INTACT) ? "failed" : "needs-attention";
}
