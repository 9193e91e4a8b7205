import type { Clock } from "../clock.ts";
import type { Phase } from "../contract/record.ts";
import type { Progress } from "../progress.ts";

/** The phases of one migration while it is watched, each with its duration. */
export class PhaseLog {
  readonly #clock: Clock;
  readonly #progress: Progress;
  readonly #startedAt: number;
  readonly #closed: Phase[] = [];
  #current = "accepted";
  #since: number;

  constructor(clock: Clock, progress: Progress) {
    this.#clock = clock;
    this.#progress = progress;
    this.#startedAt = this.#since = clock.now();
  }

  get current(): string {
    return this.#current;
  }

  /** Milliseconds since watching began. */
  elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }

  /** Milliseconds in a phase, entered once or several times. */
  spentIn(phase: string): number {
    const open = this.#current === phase ? this.#clock.now() - this.#since : 0;
    return this.#closed.reduce((sum, one) => (one.phase === phase ? sum + one.seconds * 1000 : sum), open);
  }

  /** Enters a phase and reports it. @returns the phase that it ends; null: it is the current one */
  enter(phase: string): string | null {
    const ended = this.#current;
    if (phase === ended) return null;
    this.#close();
    this.#current = phase;
    this.#progress({ kind: "phase", phase, elapsedSeconds: this.elapsed() / 1000 });
    return ended;
  }

  /** Closes the current phase: all of them, in order. */
  end(): Phase[] {
    this.#close();
    return this.#closed;
  }

  #close(): void {
    const now = this.#clock.now();
    this.#closed.push({ phase: this.#current, seconds: (now - this.#since) / 1000 });
    this.#since = now;
  }
}
