/** What a command still waits for when its work is done. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Whether `work` ends in time. It is not stopped.
 *
 * @param patience in milliseconds
 * @param stop ends the wait at once
 */
export const isInTime = (work: Promise<unknown>, patience: number, stop: AbortSignal): Promise<boolean> =>
  Promise.race([work.then(() => true), delay(patience, false, { ref: false, signal: stop }).catch(() => false)]);

/**
 * Runs `wait`. A signal only aborts what `wait` is given: the exit code of the command is decided, and stays.
 */
export async function lastWait(wait: (stop: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = () => {
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  try {
    await wait(stop.signal);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", onSignal);
  }
}
