import type { MemoryCounters } from "../cloud/cloud-api.ts";

/** Progress of the copy of a server's memory, from counters that Nova writes every 5 s. Times are milliseconds. */
export class MemoryProgress {
  #now: { total: number; remaining: number; at: number } | null = null;
  /** Bytes a second; null: not known, or the guest writes faster than it is copied. */
  #rate: number | null = null;
  /** The least memory remaining so far, and since when: a guest that writes as fast as it is copied goes up and down. */
  #least: { remaining: number; since: number } | null = null;

  /** Takes counters as seen at a moment. @returns whether they have anything new */
  note({ totalBytes: total, remainingBytes: remaining }: MemoryCounters, at: number): boolean {
    if (!total || remaining === null) return false;
    if (this.#least === null || remaining < this.#least.remaining) this.#least = { remaining, since: at };
    const before = this.#now;
    if (before?.remaining === remaining) return false;
    const shrank = before !== null && remaining < before.remaining && at > before.at;
    this.#rate = shrank ? ((before.remaining - remaining) * 1000) / (at - before.at) : null;
    this.#now = { total, remaining, at };
    return true;
  }

  get totalBytes(): number | null {
    return this.#now?.total ?? null;
  }

  get remainingBytes(): number | null {
    return this.#now?.remaining ?? null;
  }

  get bytesPerSecond(): number | null {
    return this.#rate;
  }

  /** Milliseconds since memory remaining last reached a new low. */
  stalledFor(at: number): number {
    return this.#least === null ? 0 : at - this.#least.since;
  }
}
