/** What the next pause depends on. Times are milliseconds. */
export interface PollState {
  /** The record's status as last seen. */
  phase: string;
  /** Since the watch began, or since Nova took it out of its queue. */
  elapsed: number;
  /** Until memory is copied as its counters foretell, counted from now; null: unknown. */
  remaining: number | null;
  /** Requests sent by the watch since then. */
  sent: number;
  /** Since the server was first seen without a task while its record had not ended; null: not so. */
  idleFor: number | null;
  /** For how long Nova has had it queued. */
  queuedFor: number;
}

/** Between two looks at the byte counters, which Nova itself writes about every 5 s. */
export const COUNTERS_EVERY = 5_000;

/**
 * From the answer to the request to the first look. Nothing has ended by then (Nova's checks alone take longer), and
 * what is saved here pays for the looks at the end.
 */
export const FIRST_LOOK = 1_000;

/** On average, at most two requests a second … */
const PER_REQUEST = 500;
/** … those of the next look included: counters that are gone, and the record that says why. */
const MOST_AT_ONCE = 2;
/** No look is worth more than this. */
const LEAST = 250;
/**
 * The part of the time in the queue after which its end may be seen. Many moves from one host wait together, each with
 * a run that watches it: what they ask takes of the cloud, and of this machine, what the one that is moved needs.
 */
const QUEUED_PART = 0.1;
/** So many requests saved may be spent on looking more often where nothing foretells the end. */
const SAVED = 4;

/**
 * Milliseconds to wait before the next look. Pure.
 *
 * Where counters foretell the end of the copy, looks are rare until then; after it only Nova's tidying is left, and
 * what was saved is spent on seeing its end within 0.3 s. Where nothing foretells it, looks come twice a second: the
 * end is seen 0.25 s late on average.
 */
export function pollInterval({ phase, elapsed, remaining, sent, idleFor, queuedFor }: PollState): number {
  if (phase === "queued") return clamp(queuedFor * QUEUED_PART, 2_000, 10_000);
  // The record follows an idle server within 0.2 s, or its services must have died.
  if (idleFor !== null) return idleFor < 1_000 ? LEAST : 1_000;
  const allowed = (sent + MOST_AT_ONCE) * PER_REQUEST - elapsed;
  // Not all the way: what is foretold may come sooner.
  if (remaining !== null) return Math.max(allowed, clamp(remaining * 0.8, LEAST, 5_000));
  if (allowed < -SAVED * PER_REQUEST) return LEAST;
  // Long moves tell their counters, unless this user may not see them.
  return Math.max(allowed, clamp(elapsed / 1_200, PER_REQUEST, 2_000));
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
