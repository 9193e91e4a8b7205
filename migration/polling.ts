/** What the next pause depends on. Times are milliseconds. */
export interface PollState {
  /** The record's status as last seen. */
  phase: string;
  /** Since the watch began, or since Nova took it out of its queue. */
  elapsed: number;
  /** Until memory is copied as its counters foretell, counted from now; null: unknown. */
  remaining: number | null;
  /** Until its end if it takes as long as the server's earlier moves, counted from now; null: there were none. */
  usual: number | null;
  /** Requests sent by the watch since then. */
  sent: number;
  /** From then on, counted from now, a look may take two requests instead of one. */
  dearIn: number;
  /** Whether Nova's last step, on the destination, is looked for: it was not seen to begin so far. */
  lastStepAhead: boolean;
  /** Since Nova began it, as nearly as that is known; null: it was not seen to. */
  lastStepFor: number | null;
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

/** On average, at most two requests a second, those of the next look included. Milliseconds for each. */
export const PER_REQUEST = 500;
/** No look is worth more than this, but for those at an end that earlier moves foretell. */
const LEAST = 250;
/** What earlier moves took is known in whole seconds, of which the mean is taken … */
const UNSURE = 700;
/** … and this one may differ from them by so much. */
const UNSURE_PART = 0.05;
/** The longest pause, where counters foretell the end. */
const LONGEST = 5_000;
/** The shortest pause while it is due by them. */
const DUE = 100;
/** Parts of an even pause, where the end is likeliest and where it is least likely. */
const LIKELIEST = 0.5;
const LEAST_LIKELY = 1.7;
/** Nova's last step takes so long on hosts with little on them (0.5 to 0.9 s), begun a look earlier or later. */
const LAST_STEP = { from: 430, to: 950 };
/** It takes longer the more a host has: where earlier moves foretell an end so long after it, they are believed. */
const LONG_LAST_STEP = 1_300;
/** The shortest pause while it may end, … */
const LEAST_IN_LAST_STEP = 90;
/** … and the part of an even one: the end is likelier soon than late. */
const LAST_STEP_PART = 0.5;
/** A move that takes longer, in all, saves enough to look often all the time in which its end is due. */
const SHORT = 8_000;
/** Between two looks for its beginning. */
const BEFORE_LAST_STEP = 420;
/** Until then a look tells how far it is, and little else. */
const BEFORE_USUAL = 1_500;
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
 * what was saved is spent on seeing its end within 0.3 s. Before there are two readings of them, and for short moves
 * there never are, the server's earlier moves foretell it in the same way. Where nothing does, looks come twice a second:
 * the end is seen 0.25 s late on average.
 */
export function pollInterval(state: PollState): number {
  const pause = interval(state, 1);
  return pause < state.dearIn ? pause : interval(state, 2);
}

/** @param costs requests that the next look takes */
function interval(state: PollState, costs: number): number {
  const { phase, elapsed, remaining, usual, sent, lastStepAhead, lastStepFor, idleFor, queuedFor } = state;
  if (phase === "queued") return clamp(queuedFor * QUEUED_PART, 2_000, 10_000);
  // The record follows an idle server within 0.2 s, or its services must have died.
  if (idleFor !== null) return idleFor < 1_000 ? LEAST : 1_000;
  const allowed = (sent + costs) * PER_REQUEST - elapsed;
  if (lastStepFor !== null && lastStepFor < LAST_STEP.to && lastStepFor + (usual ?? 0) < LONG_LAST_STEP)
    return Math.max(allowed, lastStepPause(lastStepFor, -allowed / PER_REQUEST));
  const untilDue = (usual ?? 0) - unsure({ elapsed, usual });
  if (isDue({ elapsed, usual })) {
    const even = lastStepAhead ? BEFORE_LAST_STEP : duePause({ elapsed, usual }, -allowed / PER_REQUEST);
    return Math.max(allowed, clamp(even, DUE, PER_REQUEST));
  }
  if (remaining !== null) {
    // Not all the way: what is foretold may come sooner. Of what is saved, most is kept for when Nova's tidying ends too.
    const foretold = Math.max(remaining * 0.8, Math.min(untilDue, PER_REQUEST));
    const most = untilDue > 0 ? Math.min(untilDue, LONGEST) : LONGEST;
    return Math.max(allowed, LEAST, Math.min(foretold, most));
  }
  if (untilDue > 0) return Math.max(allowed, clamp(untilDue, DUE, BEFORE_USUAL));
  if (allowed < -SAVED * PER_REQUEST) return LEAST;
  // Long moves tell their counters, unless this user may not see them.
  return Math.max(allowed, clamp(elapsed / 1_200, PER_REQUEST, 2_000));
}

type Foretold = Pick<PollState, "elapsed" | "usual">;

const unsure = ({ elapsed, usual }: Foretold) => UNSURE + UNSURE_PART * (elapsed + (usual ?? 0));

/** Whether the end is due by the server's earlier moves. Pure. */
export const isDue = ({ elapsed, usual }: Foretold): boolean =>
  usual !== null && Math.abs(usual) <= unsure({ elapsed, usual });

/** For how long it will be due, in milliseconds; none of them: it is not. Pure. */
export const dueFor = ({ elapsed, usual }: Foretold): number => (usual ?? -Infinity) + unsure({ elapsed, usual });

/** Whether the earlier moves foretell a move so short that few requests are saved. Pure. */
export const isShort = ({ elapsed, usual }: Foretold): boolean => usual !== null && elapsed + usual <= SHORT;

/**
 * Spends what was saved over the time in which it is due, most of it where that is likeliest: requests sent too soon are
 * missed at last.
 */
function duePause(foretold: Foretold, saved: number): number {
  if (saved <= 0) return PER_REQUEST;
  const most = unsure(foretold);
  const off = foretold.usual ?? 0;
  const even = (off + most) / (saved + (off + most) / PER_REQUEST);
  return even * (LIKELIEST + (LEAST_LIKELY - LIKELIEST) * (Math.abs(off) / most));
}

/** Spends what was saved over the time in which the last step ends, as a rule. */
function lastStepPause(lastStepFor: number, saved: number): number {
  if (lastStepFor < LAST_STEP.from) return LAST_STEP.from - lastStepFor;
  const left = LAST_STEP.to - lastStepFor;
  return clamp((LAST_STEP_PART * left) / (saved + left / PER_REQUEST), LEAST_IN_LAST_STEP, PER_REQUEST);
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
