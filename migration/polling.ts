/** What the next pause depends on. */
export interface PollState {
  /** The record's status as last seen. */
  phase: string;
  /** Milliseconds since the migration began. */
  elapsed: number;
  /** Milliseconds until its end as memory counters foretell; null: unknown. */
  remaining: number | null;
}

/** Between two looks at the byte counters, which Nova itself writes about every 5 s. */
export const COUNTERS_EVERY = 5_000;

/**
 * Milliseconds to wait before the next look at the server: at most two requests a second, rare while Nova has it
 * queued, at most 10 s in a long pre-copy, and close together where the end is near. Pure.
 */
export function pollInterval({ phase, elapsed, remaining }: PollState): number {
  if (phase === "queued") return 3_000;
  if (remaining !== null) return clamp(remaining / 4, 500, 5_000);
  // Nothing is known yet: most small moves end within ten seconds, and those that do not are long.
  if (elapsed < 20_000) return 500;
  return clamp(elapsed / 40, 500, 2_000);
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
