import { ConnectionError, HttpError, isSafeMethod, ProtocolError } from "./errors.ts";
import type { ConnectionErrorKind } from "./errors.ts";

/** How a failed request is repeated. */
export interface RetryPolicy {
  /** Tries in all, the first included. @default 5 */
  attempts: number;
  /** Wait before the second try; each further one waits twice as long. Milliseconds. @default 250 */
  firstDelayMs: number;
  /** Longest wait of our own choice. Milliseconds. @default 4000 */
  maxDelayMs: number;
  /** Longest `Retry-After` that is waited for; a longer one is an error at once. Milliseconds. @default 60000 */
  maxRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 250,
  maxDelayMs: 4_000,
  maxRetryAfterMs: 60_000,
};

export interface FailedAttempt {
  error: unknown;
  method: string;
  /** The try that failed, from 1. */
  attempt: number;
  /** A request that changes nothing although its method says so, such as asking for a token. */
  repeatable?: boolean | undefined;
}

/** One retry after a time-out; more would only hide that the cloud is stuck. */
const MAX_TIMEOUTS = 2;

/** Failures that a retry would meet as well. */
const FINAL_KINDS: readonly ConnectionErrorKind[] = ["tls", "aborted", "dns", "other"];

const GATEWAY_ERRORS = [502, 503, 504];

/** Whether the failure is transient, and the request may be repeated. */
function mayRepeat({ error, method, attempt, repeatable }: FailedAttempt): boolean {
  const safe = isSafeMethod(method) || repeatable === true;
  if (error instanceof ConnectionError) {
    if (FINAL_KINDS.includes(error.kind)) return false;
    if (error.kind === "timeout" && attempt >= MAX_TIMEOUTS) return false;
    return safe || error.neverSent;
  }
  if (error instanceof HttpError) {
    // Both mean that the service did not process the request, so that even a change may be sent again.
    if (error.status === 429) return true;
    if (error.status === 413) return error.retryAfterSeconds !== undefined;
    return safe && GATEWAY_ERRORS.includes(error.status);
  }
  return error instanceof ProtocolError && safe;
}

/**
 * Decides whether to repeat a failed request, and when.
 *
 * @param random a number from 0 to 1, which spreads the clients of a cloud that has just come back
 * @returns the wait in milliseconds, or undefined if the failure is final
 */
export function retryDelayMs(failed: FailedAttempt, policy: RetryPolicy, random: number): number | undefined {
  if (failed.attempt >= policy.attempts || !mayRepeat(failed)) return undefined;
  if (failed.error instanceof HttpError && failed.error.retryAfterSeconds !== undefined) {
    const asked = failed.error.retryAfterSeconds * 1000;
    return asked > policy.maxRetryAfterMs ? undefined : asked;
  }
  const delay = Math.min(policy.firstDelayMs * 2 ** (failed.attempt - 1), policy.maxDelayMs);
  return delay * (0.75 + random / 2);
}

/**
 * Reads a `Retry-After` header, which is a number of seconds or a date.
 *
 * @param now the time in milliseconds since the epoch
 * @returns seconds from now, or undefined if the header is absent or unreadable
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
