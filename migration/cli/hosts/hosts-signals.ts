/** What signals ask of a maintenance. */
export interface HostsSignals {
  /** First signal: start no more moves. Those under way go on to their ends. */
  stop: AbortSignal;
  /** Second signal: stop watching those, too. Nova goes on with them. */
  interrupted: AbortSignal;
  dispose: () => void;
}

/** A maintenance is not left in the middle of a move by one Ctrl-C: moves are short, and each is verified at its end. */
export function watchHostsSignals(tell: (text: string) => void): HostsSignals {
  const stop = new AbortController();
  const interrupted = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) {
      interrupted.abort();
      return;
    }
    tell(
      "No more moves are started; those under way go on to their ends. A second signal stops watching them, too: Nova goes on, and the same command resumes.",
    );
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  return {
    stop: stop.signal,
    interrupted: interrupted.signal,
    dispose: () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal).off("SIGHUP", onSignal);
    },
  };
}
