import type { CloudApi } from "../../../migration/cloud/cloud-api.ts";

type Methods = { [Name in keyof CloudApi]: Awaited<ReturnType<CloudApi[Name]>> };
/** An answer, an error to throw, or a function that makes either. */
type Step<T> = T | Error | (() => T);
/** Answers of each method: one each time it is called, the last one from then on. */
export type Script = { [Name in keyof Methods]?: readonly Step<Methods[Name]>[] };

/** A cloud made of scripted answers; a call that nothing was scripted for throws. */
export class ScriptedCloud implements CloudApi {
  /** Every call with its arguments, in order. */
  readonly calls: { method: keyof CloudApi; args: unknown[] }[] = [];
  readonly #script: Script;
  readonly #used = new Map<keyof CloudApi, number>();

  constructor(script: Script) {
    this.#script = script;
  }

  count(method: keyof CloudApi): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  #answer<Name extends keyof Methods>(method: Name, ...args: unknown[]): Promise<Methods[Name]> {
    this.calls.push({ method, args });
    const steps = this.#script[method];
    const used = this.#used.get(method) ?? 0;
    this.#used.set(method, used + 1);
    const step = steps?.[Math.min(used, steps.length - 1)];
    return new Promise((resolve) => {
      if (steps === undefined || steps.length === 0) throw new Error(`the scripted cloud has no answer to ${method}`);
      if (step instanceof Error) throw step;
      resolve(typeof step === "function" ? step() : (step as Methods[Name]));
    });
  }

  readonly resolveServer = (...args: unknown[]) => this.#answer("resolveServer", ...args);
  readonly snapshot = (...args: unknown[]) => this.#answer("snapshot", ...args);
  readonly server = (...args: unknown[]) => this.#answer("server", ...args);
  readonly migrations = (...args: unknown[]) => this.#answer("migrations", ...args);
  readonly moves = (...args: unknown[]) => this.#answer("moves", ...args);
  readonly startCold = (...args: unknown[]) => this.#answer("startCold", ...args);
  readonly confirm = (...args: unknown[]) => this.#answer("confirm", ...args);
  readonly revert = (...args: unknown[]) => this.#answer("revert", ...args);
  readonly counters = (...args: unknown[]) => this.#answer("counters", ...args);
  readonly hosts = (...args: unknown[]) => this.#answer("hosts", ...args);
  readonly ports = (...args: unknown[]) => this.#answer("ports", ...args);
  readonly allocations = (...args: unknown[]) => this.#answer("allocations", ...args);
  readonly start = (...args: unknown[]) => this.#answer("start", ...args);
  readonly abort = (...args: unknown[]) => this.#answer("abort", ...args);
  readonly forceComplete = (...args: unknown[]) => this.#answer("forceComplete", ...args);
  readonly pin = (...args: unknown[]) => this.#answer("pin", ...args);
  readonly failureReason = (...args: unknown[]) => this.#answer("failureReason", ...args);
  readonly requestCount = () => this.calls.length;
}
