import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";

/** A first request that takes longer, its service being away perhaps, holds up no other. Milliseconds. */
const PATIENCE_MS = 100;

/**
 * The first request with a token goes ahead of those that could go at the same time. What Keystone says of a token is
 * cached where all services look (keystonemiddleware/auth_token/_cache.py, `memcached_servers`); asked all at once, each
 * asks Keystone first, and a run's first dozen requests take longer together than one after which the others go. Best is
 * one that costs its service nothing else: a version document that is not given without a token.
 */
export class FirstUse {
  readonly #patienceMs: number;
  #token: object | undefined;
  #made: Promise<void> | undefined;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /**
   * Sends what comes first with this token, of what is asked for in one turn of the event loop; all else when that was
   * answered, well or not.
   *
   * @param light goes before the rest of that turn
   */
  async send<T>(token: object, send: () => Promise<T>, light = false): Promise<T> {
    if (this.#token !== token && !light) await turn();
    if (this.#token === token) {
      await this.#made;
      return await send();
    }
    this.#token = token;
    const sent = send();
    const answered = sent.then(
      () => undefined,
      () => undefined,
    );
    this.#made = Promise.race([answered, delay(this.#patienceMs, undefined, { ref: false })]);
    return await sent;
  }
}
