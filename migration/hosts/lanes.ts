/** Whether a move may start: `skip` leaves it for another plan, `stop` starts no more of any. */
export type Leave = "go" | "skip" | "stop";

/**
 * Runs moves: from each source so many at a time, in their order, and all sources at the same time. Resolves when every
 * move that was started has ended.
 *
 * @param parallel from each source
 * @param leave asked before each start
 * @throws what `leave` or `run` throws, once those under way have ended
 */
export async function inLanes<T extends { from: string }>(
  moves: readonly T[],
  parallel: number,
  { leave, run }: { leave: (move: T) => Promise<Leave>; run: (move: T) => Promise<void> },
): Promise<void> {
  let stopped = false;
  let thrown: { error: unknown } | undefined;
  const lane = async (waiting: T[]): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (stopped) return;
      try {
        const may = await leave(next);
        if (may === "stop") stopped = true;
        else if (may === "go") await run(next);
      } catch (error) {
        thrown ??= { error };
        stopped = true;
      }
    }
  };
  const sources = [...Map.groupBy(moves, ({ from }) => from).values()];
  const lanes = sources.flatMap((waiting) =>
    Array.from({ length: Math.min(parallel, waiting.length) }, () => lane(waiting)),
  );
  await Promise.all(lanes);
  if (thrown !== undefined) throw thrown.error;
}
