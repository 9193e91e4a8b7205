import type { Clock } from "../../../migration/clock.ts";

/** More often than anything sleeps that ends. */
const MOST_SLEEPS = 50_000;

/** A clock that stands still but for sleeping: a wait of hours takes no time. */
export class FakeClock implements Clock {
  #now: number;
  #sleeps = 0;
  #alarms: { at: number; action: () => void }[] = [];

  constructor(now = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.#sleeps += 1;
    if (this.#sleeps > MOST_SLEEPS) throw new Error(`sleeps for ever, ${milliseconds} ms each time`);
    const until = this.#now + milliseconds;
    while (!signal?.aborted) {
      const next = this.#alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) {
        this.#now = until;
        break;
      }
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    return Promise.resolve();
  }

  /** Does something while a sleep passes this moment, so many milliseconds from now. */
  after(milliseconds: number, action: () => void): void {
    this.#alarms.push({ at: this.#now + milliseconds, action });
  }
}
