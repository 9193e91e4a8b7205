import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Random values of one round; the same seed and round give the same values. */
export class RandomSource {
  readonly #generator;

  constructor(seed: number, round: number) {
    this.#generator = xoroshiro128plus(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
    // The first numbers of neighbouring seeds resemble each other.
    for (let i = 0; i < 16; i++) this.int(0, 1);
  }

  /** Both ends included. */
  int(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  /** True with this probability, in percent. */
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.int(0, from.length - 1)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  /** One of the options; the probability of each is proportional to its weight. */
  weighted<T>(options: readonly (readonly [weight: number, option: () => T])[]): T {
    let left = this.int(
      1,
      options.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, option] of options) {
      left -= weight;
      if (left <= 0) return option();
    }
    throw new Error("weights do not add up");
  }

  /** Different elements, at most `count`. */
  sample<T>(from: readonly T[], count: number): T[] {
    const rest = [...from];
    return Array.from({ length: Math.min(count, rest.length) }, () => {
      const [taken] = rest.splice(this.int(0, rest.length - 1), 1);
      return taken as T;
    });
  }
}
