/** Lets rounds go on side by side, but for those that must be alone; in the order in which they come. */
export class Gate {
  #admission: Promise<void> = Promise.resolve();
  readonly #running = new Set<Promise<unknown>>();

  async enter<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    const { promise: admitted, resolve: admit } = Promise.withResolvers<undefined>();
    const turn = this.#admission;
    this.#admission = admitted;
    await turn;
    if (alone) await Promise.allSettled(this.#running);
    const running = work();
    this.#running.add(running);
    if (!alone) admit(undefined);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      admit(undefined);
    }
  }
}
