/** Waiting for a condition, with an end. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:net";
import { LabError } from "./shell.ts";

export interface WaitOptions {
  /** Seconds until it is given up. */
  readonly seconds: number;
  /** Milliseconds between two looks. @default 200 */
  readonly every?: number;
  /** Added to the error: where to look. */
  readonly hint?: string;
}

/**
 * Looks until `look` gives something other than false, undefined or an error.
 * @throws LabError naming `what` and the last error seen.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | false | undefined> | T | false | undefined,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== false && value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) break;
    await sleep(options.every ?? 200);
  }
  const why = last instanceof Error ? `; the last try said: ${last.message}` : "";
  const hint = options.hint === undefined ? "" : `\n${options.hint}`;
  throw new LabError(`${what}: not within ${options.seconds} seconds${why}${hint}`, { cause: last });
}

/** True when something answers requests there, whatever it answers. */
export async function answersHttp(host: string, port: number): Promise<boolean> {
  const response = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(60_000) }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return response !== undefined;
}

/** True when something accepts connections there. */
export async function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}
