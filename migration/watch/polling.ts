/** What the next pause depends on. Times are milliseconds. */
export interface PollState {
  /** The record's status as last seen. */
  phase: string;
  /** Since the watch began, or since Nova took the migration out of its queue. */
  elapsed: number;
  /** Requests sent by the watch since then. */
  sent: number;
  /** For how long Nova has had it queued. */
  queuedFor: number;
}

/**
 * From the answer to the request to the first poll, in milliseconds: Nova takes as long beside the copy of memory. What
 * is saved here pays for shorter pauses after it.
 */
export const FIRST_POLL = 2_000;
/** Milliseconds for each request, on average: at most two requests a second. */
const PER_REQUEST = 500;
/** A pause is this part of the time elapsed, … */
const PART = 0.05;
/** … within these bounds, in milliseconds. */
const SHORTEST = 300;
const LONGEST = 2_000;
/** The same of the time in Nova's queue, where many runs may wait for one host. */
const QUEUED = { part: 0.1, shortest: 2_000, longest: 10_000 };

/** Milliseconds to wait before the next poll. Pure. */
export function pollInterval({ phase, elapsed, sent, queuedFor }: PollState): number {
  if (phase === "queued") return clamp(queuedFor * QUEUED.part, QUEUED.shortest, QUEUED.longest);
  const allowed = (sent + 1) * PER_REQUEST - elapsed;
  return Math.max(allowed, clamp(elapsed * PART, SHORTEST, LONGEST));
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
