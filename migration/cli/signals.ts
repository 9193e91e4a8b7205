/** So long after the first Ctrl-C a second one still counts, in milliseconds. */
const SECOND_CHANCE = 5_000;

export interface Signals {
  /** First SIGINT, SIGTERM, or SIGHUP of a terminal that is gone: stop watching. */
  interrupted: AbortSignal;
  /** Resolves to whether a second SIGINT asked for an abort; at once if there was no first. */
  abortAsked: () => Promise<boolean>;
  dispose: () => void;
}

/**
 * By hand, the first Ctrl-C stops watching and the second asks Nova to abort. Under Pulumi neither arrives: it sends
 * SIGKILL at once, and adoption by the next run is all the safety there is.
 *
 * @param them whether one migration or several are under way
 */
export function watchSignals(tell: (text: string) => void, them: "it" | "them" = "it"): Signals {
  const interrupted = new AbortController();
  const abort = new AbortController();
  let byHand = false;
  const onInterrupt = () => {
    if (interrupted.signal.aborted) {
      abort.abort();
      return;
    }
    byHand = true;
    tell(
      `Stopping here; a migration that has begun goes on, and the same command resumes. Ctrl-C again within ${SECOND_CHANCE / 1000} s asks Nova to abort ${them === "it" ? them : "those under way"}.`,
    );
    interrupted.abort();
  };
  const onTerminate = () => {
    interrupted.abort();
  };
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onTerminate);
  return {
    interrupted: interrupted.signal,
    abortAsked: () =>
      new Promise((resolve) => {
        if (!byHand || abort.signal.aborted) {
          resolve(abort.signal.aborted);
          return;
        }
        const timer = setTimeout(() => {
          resolve(false);
        }, SECOND_CHANCE);
        abort.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve(true);
        });
      }),
    dispose: () => {
      process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onTerminate);
    },
  };
}
