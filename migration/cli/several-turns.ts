/** A server as far as its turn depends on it. */
export interface Sender {
  /** The host that it leaves; null: not known. */
  host: string | null;
}

/**
 * The next server to start: the first one whose host sends the fewest servers now. Nova sends one server at a time from
 * each host, unless its operator allows more (`max_concurrent_live_migrations`), and queues the others. Pure.
 *
 * @returns its index in `waiting`; -1 if it is empty
 */
export function nextOf(waiting: readonly Sender[], underWay: readonly Sender[]): number {
  const sending = (host: string | null) => underWay.filter((other) => other.host === host).length;
  const fewest = Math.min(...waiting.map(({ host }) => sending(host)));
  return waiting.findIndex(({ host }) => sending(host) === fewest);
}

export interface Turns<T> {
  /** Maximum number of concurrent runs. */
  parallel: number;
  /** Called before each start: `true` starts no further server. */
  stop: () => boolean;
  run: (server: T) => Promise<void>;
}

/**
 * Runs all servers in turn, and resolves to those that were not started.
 *
 * @throws the error of a run, after the other runs have ended; no further run is started
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
