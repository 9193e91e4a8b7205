import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import type { MigrationEvent } from "../contract/event.ts";
import { message } from "../message.ts";
import { isTransient, notificationOf, receiverOf } from "./notification.ts";

/** Where the secret is. It is never an argument: those are in the stack's state, and in lists of processes. */
const SECRET = "LIVE_MIGRATE_NOTIFY_SECRET";
const SECRET_FILE = "LIVE_MIGRATE_NOTIFY_SECRET_FILE";

/** All in milliseconds. */
export interface WebhookTimes {
  /** Longest wait for one answer. */
  answer: number;
  /** Before the first repetition; doubled before each further one. */
  pause: number;
  /** How long the end of a command waits for what was not sent yet. */
  end: number;
}
const TIMES: WebhookTimes = { answer: 5_000, pause: 500, end: 10_000 };
/** Repetitions of one request. */
const RETRIES = 3;

/**
 * Sends events to a URL, one after the other. A move never waits for it and never fails because of it: the first event that
 * cannot be sent is a warning, and ends the sending.
 */
export class Webhook {
  readonly #url: string;
  readonly #secret: string;
  readonly #warn: (text: string) => void;
  readonly #times: WebhookTimes;
  readonly #stop = new AbortController();
  #number = 0;
  #sent: Promise<void> = Promise.resolve();

  private constructor(url: string, secret: string, warn: (text: string) => void, times: WebhookTimes) {
    this.#url = url;
    this.#secret = secret;
    this.#warn = warn;
    this.#times = times;
  }

  /**
   * @param url as `--notify` has it
   * @returns undefined: there is no URL, or no secret to sign with, which is a warning
   */
  static async open(
    url: string | undefined,
    warn: (text: string) => void,
    env: NodeJS.ProcessEnv = process.env,
    times = TIMES,
  ): Promise<Webhook | undefined> {
    if (url === undefined) return undefined;
    const file = env[SECRET_FILE];
    const secret = env[SECRET] || (file && (await readFile(file, "utf8").catch(() => "")).trim());
    if (secret) return new Webhook(url, secret, warn, times);
    const fix = `set ${SECRET}, or ${SECRET_FILE} to a file with it`;
    warn(`warning: ${message(`${receiverOf(url)} is not notified: there is no secret to sign with`, fix)}`);
    return undefined;
  }

  send(event: MigrationEvent): void {
    this.#number += 1;
    const { body, headers } = notificationOf(event, this.#number, this.#secret);
    this.#sent = this.#sent.then(async () => {
      if (this.#stop.signal.aborted) return;
      try {
        await this.#post(body, headers);
      } catch (error) {
        this.#fail((error as Error).message);
      }
    });
  }

  /** Waits for what was not sent yet, but not for long. */
  async close(): Promise<void> {
    const inTime = await Promise.race([this.#sent.then(() => true), delay(this.#times.end, false, { ref: false })]);
    if (!inTime) this.#fail(`not all was sent within ${this.#times.end / 1000} s`);
  }

  async #post(body: string, headers: Record<string, string>): Promise<void> {
    const { answer, pause } = this.#times;
    const { signal } = this.#stop;
    const once = async () => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answer)]);
      // A redirect would carry the event to somebody else.
      const request = { method: "POST", body, headers, redirect: "manual", signal: limit } as const;
      const response = await fetch(this.#url, request).catch((error: unknown) => {
        throw new Error(reasonOf(error));
      });
      await response.body?.cancel();
      if (response.ok) return;
      const refused = new Error(`status ${response.status}`);
      throw isTransient(response.status) ? refused : new AbortError(refused);
    };
    await pRetry(once, { retries: RETRIES, minTimeout: pause, signal });
  }

  #fail(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const problem = `${receiverOf(this.#url)} is not notified any more: ${reason}`;
    this.#warn(`warning: ${message(problem, "the record has the result of the run")}`);
  }
}

/** What fetch hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { name, message: text, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  if (name === "TimeoutError") return "no answer in time";
  return cause?.code ?? cause?.message ?? text;
}
