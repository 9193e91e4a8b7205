import type { MemoryCounters } from "./edge.ts";

/** A forecast that was wrong by so much is none, in milliseconds. */
const WRONG_BY = 10_000;

/** How the copy of a server's memory goes on, from counters that Nova writes now and then. Times are milliseconds. */
export class MemoryForecast {
  /** As last changed, since when at the earliest (Nova writes them only every 5 s), and since when at the latest. */
  #now: { total: number; remaining: number; at: number; seenAt: number } | null = null;
  #lookedAt: number | null = null;
  /** Bytes in a millisecond; null: not known, or memory is dirtied faster than it is copied. */
  #rate: number | null = null;
  /** The least memory remaining so far, and since when: a guest that dirties as fast as it is copied goes up and down. */
  #least: { remaining: number; since: number } | null = null;

  /** Takes counters as seen at a moment. @returns whether they tell anything new */
  note({ totalBytes: total, remainingBytes: remaining }: MemoryCounters, at: number): boolean {
    if (!total || remaining === null) return false;
    if (this.#least === null || remaining < this.#least.remaining) this.#least = { remaining, since: at };
    const before = this.#now;
    const since = this.#lookedAt ?? at;
    this.#lookedAt = at;
    if (before?.remaining === remaining) return false;
    const shrank = before !== null && remaining < before.remaining && since > before.at;
    // The shorter time of the two that it may have taken: who looks too early looks once more, who looks too late is late.
    const took = before === null ? 0 : Math.min(since - before.at, at - before.seenAt);
    this.#rate = shrank ? (before.remaining - remaining) / took : null;
    this.#now = { total, remaining, at: since, seenAt: at };
    return true;
  }

  get totalBytes(): number | null {
    return this.#now?.total ?? null;
  }

  get remainingBytes(): number | null {
    return this.#now?.remaining ?? null;
  }

  get bytesPerSecond(): number | null {
    return this.#rate === null ? null : this.#rate * 1000;
  }

  /** Until all is copied, counted from `at`; null: nothing foretells it. */
  remaining(at: number): number | null {
    if (this.#now?.remaining === 0) return 0;
    if (this.#now === null || this.#rate === null) return null;
    const left = this.#now.remaining / this.#rate - (at - this.#now.at);
    return left < -WRONG_BY ? null : Math.max(0, left);
  }

  /** For so long memory remaining has reached no new low. */
  stalledFor(at: number): number {
    return this.#least === null ? 0 : at - this.#least.since;
  }
}
