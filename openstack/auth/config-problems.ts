import { CloudConfigError } from "./cloud-config.ts";
import type { Problem } from "../problems.ts";

/** Collects problems, so that a person can fix all of them at once. */
export class Problems {
  readonly #prefix: string;
  readonly #list: Problem[] = [];

  /** @param prefix where the settings are, put before each path */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A setting that is read twice is one problem. */
  add(path: string, value: string | undefined, problem: string, fix: string): void {
    const found = { path: `${this.#prefix}.${path}`, ...(value !== undefined && { value }), problem, fix };
    if (!this.#list.some((one) => one.path === found.path && one.problem === problem)) this.#list.push(found);
  }

  /** @throws CloudConfigError with all of them, if there are any */
  throwIfAny(): void {
    if (this.#list.length > 0) throw new CloudConfigError(this.#list);
  }
}
