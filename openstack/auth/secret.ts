/** `inspect.custom` of node:util, which need not be loaded for it. */
const INSPECTED = Symbol.for("nodejs.util.inspect.custom");

/**
 * A value that must not be seen: logging, inspecting and serialising it give `[secret]`.
 *
 * @example new Secret("s3cret").reveal() // "s3cret"
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [INSPECTED](): string {
    return "[secret]";
  }
}
