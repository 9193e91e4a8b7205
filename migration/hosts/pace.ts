import type { Clock } from "../clock.ts";

/** Milliseconds for each request, on average: at most two requests a second, of all moves together. */
const PER_REQUEST = 500;
/** Requests that may follow each other at once after a silence. */
const BURST = 4;

/**
 * The pace of the polls of all moves of a maintenance together. Each waits for its turn, in the order of asking. What a
 * move sends before and after it is watched (its preflight, its verification) does not wait: that is a fixed number for
 * each server.
 */
export class Pace {
  readonly #clock: Clock;
  /** When the next request would be due if there had been no pause. */
  #due = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a poll may be sent. */
  async turn(): Promise<void> {
    const now = this.#clock.now();
    const due = Math.max(now, this.#due);
    this.#due = due + PER_REQUEST;
    const wait = due - now - (BURST - 1) * PER_REQUEST;
    if (wait > 0) await this.#clock.sleep(wait);
  }
}
