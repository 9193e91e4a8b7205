import type { MultiBar } from "cli-progress";

/** Milliseconds between two updates of the bars: their clocks go on, although Nova counts only every 5 s. */
const TICK = 1_000;

/** Bars below the lines of a terminal: cleared for whatever else is written, and drawn anew after it. */
export class RedrawnBars {
  readonly #make: () => { bars: MultiBar; update: () => void } | null;
  #drawn: MultiBar | undefined;
  #ticking: NodeJS.Timeout | undefined;

  /** @param make draws all of them, and says how they are updated; null: there is none now */
  constructor(make: () => { bars: MultiBar; update: () => void } | null) {
    this.#make = make;
  }

  clear(): void {
    clearInterval(this.#ticking);
    this.#drawn?.stop();
    this.#drawn = undefined;
  }

  draw(): void {
    this.clear();
    const made = this.#make();
    if (made === null) return;
    this.#ticking = setInterval(made.update, TICK).unref();
    this.#drawn = made.bars;
  }

  /** Runs something that writes to the terminal by itself. */
  without<T>(body: () => T): T {
    this.clear();
    try {
      return body();
    } finally {
      this.draw();
    }
  }
}
