/** Milliseconds after the first Ctrl-C in which a second one asks for an abort. */
const SECOND_CHANCE = 5_000;

export interface Signals {
  /** First SIGINT, SIGTERM, or SIGHUP of a terminal that is gone: stop watching. */
  interrupted: AbortSignal;
  /** Resolves to whether a second SIGINT asked for an abort; at once if there was no first. */
  abortAsked: () => Promise<boolean>;
  dispose: () => void;
}

/**
 * Run by hand, the first Ctrl-C stops watching and the second asks Nova to abort. Under Pulumi neither arrives: it sends
 * SIGKILL at once, and the next run adopts the migration.
 *
 * @param them whether one migration or several run
 */
export function watchSignals(print: (text: string) => void, them: "it" | "them" = "it"): Signals {
  const interrupted = new AbortController();
  const abort = new AbortController();
  let byHand = false;
  const onInterrupt = () => {
    if (interrupted.signal.aborted) {
      abort.abort();
      return;
    }
    byHand = true;
    print(
      `Stopped watching. A started migration continues; run the same command to resume. Press Ctrl-C again within ${SECOND_CHANCE / 1000} s to ask Nova to abort ${them === "it" ? them : "the running ones"}.`,
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
