import type { Phase } from "../contract/record.ts";

/** Phases that follow each other without a pause, with their places in the run. Pure. */
export function placed(phases: readonly Phase[], startSeconds: number): Phase[] {
  let at = startSeconds;
  return phases.map(({ phase, seconds }) => {
    const placedPhase = { phase, seconds, startSeconds: at };
    at += seconds;
    return placedPhase;
  });
}
