import { readFile } from "node:fs/promises";
import pRetry, { AbortError } from "p-retry";
import type { MigrationEvent } from "../contract/event.ts";
import { BadInput } from "../contract/request-input.ts";
import { message } from "../message.ts";
import { isReceiver, isTransient, notificationOf, receiverOf } from "./notification.ts";
import { isInTime } from "./last-wait.ts";

/** Where the secret is. It is never an argument: those are in the stack's state, and in lists of processes. */
const SECRET = "LIVE_MIGRATE_NOTIFY_SECRET";
const SECRET_FILE = "LIVE_MIGRATE_NOTIFY_SECRET_FILE";

/** What is wrong with `--notify`: never with its value, because a part of it may be as good as a password. */
const wrong = (problem: string, fix: string) => new BadInput([{ path: "--notify", problem, fix }]);

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
   * @param urls as `--notify` has them; an empty one is none, such as a job has for what is not configured
   * @returns undefined: there is no URL, or no secret to sign with, which is a warning
   * @throws BadInput for what is no URL, or several
   */
  static async open(
    urls: readonly string[],
    warn: (text: string) => void,
    env: NodeJS.ProcessEnv = process.env,
    times = TIMES,
  ): Promise<Webhook | undefined> {
    const [url, ...others] = new Set(urls.filter((one) => one !== ""));
    if (url === undefined) return undefined;
    if (others.length > 0) throw wrong("it is given twice", "give it once");
    if (!isReceiver(url)) {
      const fix = "such as https://hooks.example.com/moves; or leave it out";
      throw wrong("must be an http or https URL without user and password", fix);
    }
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

  /** Waits for what was not sent yet, but not for long, and not beyond `stop`. */
  async close(stop: AbortSignal): Promise<void> {
    const { end } = this.#times;
    if (await isInTime(this.#sent, end, stop)) return;
    this.#fail(stop.aborted ? "a signal ended the wait" : `not all was sent within ${end / 1000} s`);
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
