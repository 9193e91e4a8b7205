/** Milliseconds after the first Ctrl-C in which a second one asks for an abort. */
const SECOND_CHANCE = 5_000;

export interface Signals {
  /** First SIGINT, SIGTERM, or SIGHUP of a terminal that is gone: stop watching. */
  interrupted: AbortSignal;
  /** Resolves to whether a second SIGINT asked for an abort; at once if there was no first. */
  abortAsked: () => Promise<boolean>;
  /** A cold migration begins, or is adopted, which Nova cannot abort: the operator is told so. */
  coldBegins: () => void;
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
  let cold = false;
  const onInterrupt = () => {
    if (interrupted.signal.aborted) {
      abort.abort();
      return;
    }
    byHand = true;
    print(
      `Stopped watching. A started migration continues; run the same command to resume. ${secondChance(them, cold)}`,
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
    coldBegins: () => {
      cold = true;
    },
    dispose: () => {
      process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onTerminate);
    },
  };
}

/** What a second Ctrl-C does. */
function secondChance(them: "it" | "them", cold: boolean): string {
  const again = `Press Ctrl-C again within ${SECOND_CHANCE / 1000} s to ask Nova to abort`;
  const back = "`live-migrate revert` takes it back once it has arrived";
  if (them === "it") return cold ? `Nova cannot abort a cold migration: ${back}.` : `${again} it.`;
  return `${again} the running ones${cold ? ` that are live. Nova cannot abort a cold one: ${back}` : ""}.`;
}
