/** What decides about turns: where a server is sent from; null: not known. */
export interface Sender {
  host: string | null;
}

/**
 * Which of those that wait is next: the first one whose host sends the fewest now. Nova sends one at a time from a
 * host, unless its operator has allowed more (`max_concurrent_live_migrations`), and lets the others queue. Pure.
 *
 * @returns its place in `waiting`; -1 if nobody waits
 */
export function nextOf(waiting: readonly Sender[], underWay: readonly Sender[]): number {
  const sending = (host: string | null) => underWay.filter((other) => other.host === host).length;
  const fewest = Math.min(...waiting.map(({ host }) => sending(host)));
  return waiting.findIndex(({ host }) => sending(host) === fewest);
}

export interface Turns<T> {
  /** At most so many at a time. */
  parallel: number;
  /** Asked before each is begun: whether none shall be begun any more. */
  stop: () => boolean;
  run: (server: T) => Promise<void>;
}

/**
 * Runs all in turn, and resolves to those that were not begun.
 *
 * @throws what a run throws, once those under way have ended; none is begun after that
 */
export async function inTurn<T extends Sender>(servers: readonly T[], { parallel, stop, run }: Turns<T>): Promise<T[]> {
  const waiting = [...servers];
  const underWay = new Set<T>();
  let thrown: { error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (waiting.length > 0 && thrown === undefined && !stop()) {
      const [next] = waiting.splice(nextOf(waiting, [...underWay]), 1);
      if (next === undefined) return;
      underWay.add(next);
      try {
        await run(next);
      } catch (error) {
        thrown ??= { error };
      } finally {
        underWay.delete(next);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, waiting.length) }, lane));
  if (thrown !== undefined) throw thrown.error;
  return waiting;
}
