import { PER_TARGET } from "./drain-options.ts";

/** Whether a move may start: `skip` leaves it for another plan, `stop` starts no more of any. */
export type Leave = "go" | "skip" | "stop";

/** How many moves may be under way at the same time. */
export interface Lanes {
  /** From each source. */
  parallel: number;
  /** To each target. @default 2 */
  perTarget?: number | undefined;
}

/**
 * Runs moves: from each source and to each target so many at a time, in their order, and all sources at the same time. One
 * whose target is busy lets the next of its source go first. Resolves when every move that was started has ended.
 *
 * @param leave asked before each start
 * @throws what `leave` or `run` throws, once those under way have ended
 */
export async function inLanes<T extends { from: string; to: string }>(
  moves: readonly T[],
  { parallel, perTarget = PER_TARGET }: Lanes,
  { leave, run }: { leave: (move: T) => Promise<Leave>; run: (move: T) => Promise<void> },
): Promise<void> {
  const waiting = [...moves];
  const underWay = new Map<T, Promise<void>>();
  // Changed by each move as it ends.
  const state = { stopped: false };
  let thrown: { error: unknown } | undefined;
  const one = async (move: T): Promise<void> => {
    try {
      const may = await leave(move);
      if (may === "stop") state.stopped = true;
      else if (may === "go") await run(move);
    } catch (error) {
      thrown ??= { error };
      state.stopped = true;
    } finally {
      underWay.delete(move);
    }
  };
  for (;;) {
    for (let at = nextOf(waiting, [...underWay.keys()], { parallel, perTarget }); at >= 0 && !state.stopped;) {
      const [move] = waiting.splice(at, 1);
      if (move !== undefined) underWay.set(move, one(move));
      at = nextOf(waiting, [...underWay.keys()], { parallel, perTarget });
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay.values());
  }
  if (thrown !== undefined) throw thrown.error;
}

/** The index of the next move that may start; -1: none may now. Pure. */
export function nextOf(
  waiting: readonly { from: string; to: string }[],
  underWay: readonly { from: string; to: string }[],
  { parallel, perTarget }: Required<Lanes> & { perTarget: number },
): number {
  const leaving = countBy(underWay, ({ from }) => from);
  const arriving = countBy(underWay, ({ to }) => to);
  return waiting.findIndex(
    ({ from, to }) => (leaving.get(from) ?? 0) < parallel && (arriving.get(to) ?? 0) < perTarget,
  );
}

function countBy<T>(all: readonly T[], key: (one: T) => string): Map<string, number> {
  return new Map([...Map.groupBy(all, key)].map(([name, list]) => [name, list.length]));
}
