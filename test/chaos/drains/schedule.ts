import type { Pace } from "../../../lab/pace.ts";
import { RandomSource } from "../random-source.ts";
import { faultOf, killOf, type Attempt, type Move } from "../schedule.ts";

/** What someone else does meanwhile, so long after the first start, in milliseconds. */
export interface Meanwhile {
  kind:
    /** To the host that is drained: enables it, or has a new server made there. */
    | "enable"
    | "create"
    /** To one of its servers. */
    | "delete"
    | "stop"
    | "migrate"
    /** To another host of the zone. */
    | "disable-other"
    /** Drains another host of the zone, too. */
    | "drain-other";
  atMs: number;
}

/** The maintenance of one host: it is drained, and its servers are brought home. */
export interface DrainRound {
  number: number;
  /** Which of the zone's hosts that have servers: a number to be taken modulo how many there are. */
  host: number;
  /** Whether one of its servers is shut off from the start. */
  withOff: boolean;
  pace: Pace;
  parallel: number;
  faults: Move["faults"];
  /** Starts of `drain`, and then of `restore`, while things go wrong. */
  drains: Attempt[];
  restores: Attempt[];
  meanwhile: Meanwhile | null;
}

/** A round of a seed; always the same. Pure. */
export function drainRoundOf(seed: number, number: number): DrainRound {
  const random = new RandomSource(seed, number);
  const attempts = (most: number): Attempt[] =>
    Array.from({ length: random.int(0, most) }, () => ({ kill: killOf(random, "live"), options: [] }));
  const faults = random.chance(40) ? random.int(1, 3) : 0;
  const kinds = ["enable", "create", "delete", "stop", "migrate", "disable-other", "drain-other"] as const;
  return {
    number,
    host: random.int(0, 999),
    withOff: random.chance(40),
    pace: paceOf(random),
    parallel: random.pick([1, 1, 2]),
    faults: Array.from({ length: faults }, () => faultOf(random)),
    drains: attempts(3),
    restores: attempts(2),
    meanwhile: random.chance(50) ? { kind: random.pick(kinds), atMs: random.int(0, 8_000) } : null,
  };
}

function paceOf(random: RandomSource): Pace {
  const seconds = random.pick([0.2, 0.5, 1, 3]);
  return random.weighted<Pace>([
    [80, () => ({ seconds })],
    [10, () => ({ seconds, fail_at: random.int(1, 9) / 10 })],
    [10, () => ({ seconds, fail_pre: "chaos: the preparation fails" })],
  ]);
}
