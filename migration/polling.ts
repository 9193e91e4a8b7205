/** What the next pause depends on. Times are milliseconds. */
export interface PollState {
  /** The record's status as last seen. */
  phase: string;
  /** Since the migration began. */
  elapsed: number;
  /** Until its end as memory counters foretell, counted from now; null: unknown. */
  remaining: number | null;
  /** Requests sent by the watch so far. */
  sent: number;
  /** The server has no task any more, and its record has not ended yet. */
  idle: boolean;
}

/** Between two looks at the byte counters, which Nova itself writes about every 5 s. */
export const COUNTERS_EVERY = 5_000;

/** On average, at most two requests a second … */
const PER_REQUEST = 500;
/** … but for those that the first and the last look take beside. */
const EXTRA_REQUESTS = 4;
/** No look at a server is worth more than this. */
const LEAST = 250;

/**
 * Milliseconds to wait before the next look at the server. Pure.
 *
 * Where counters foretell the end, looks are rare until it is near, and what was saved is spent there, so that the end
 * is seen within 0.3 s. Where nothing foretells it, looks come twice a second: the end is seen 0.25 s late on average.
 */
export function pollInterval({ phase, elapsed, remaining, sent, idle }: PollState): number {
  if (phase === "queued") return 3_000;
  // Its services must have died, or are about to end it: the watch has looked closely already.
  if (idle) return 1_000;
  const allowed = (sent + 1 - EXTRA_REQUESTS) * PER_REQUEST - elapsed;
  // Half way, not all the way: what is foretold may come sooner.
  if (remaining !== null) return Math.max(allowed, clamp(remaining / 2, LEAST, 5_000));
  // Long moves tell their counters, unless this user may not see them.
  return Math.max(allowed, clamp(elapsed / 1_200, PER_REQUEST, 2_000));
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
