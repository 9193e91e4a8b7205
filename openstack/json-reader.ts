import { ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";

const kindOf = (value: unknown): string =>
  value === null ? "null" : value === undefined ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;

/**
 * Reads an answer's JSON field by field. A field of the wrong kind is a {@link ProtocolError} that names the request and
 * the field; an optional one that is absent or null is `undefined`: unknown, never a guess.
 */
export class JsonReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #context: RequestContext;

  constructor(value: unknown, context: RequestContext, where = "") {
    this.#context = context;
    this.#where = where;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#error("", `expected an object, found ${kindOf(value)}`);
    }
    this.#value = value as Record<string, unknown>;
  }

  #error(key: string, problem: string): ProtocolError {
    const place = [this.#where, key].filter((part) => part !== "").join(".");
    return new ProtocolError(this.#context, place === "" ? problem : `${place}: ${problem}`);
  }

  #at(key: string): string {
    return this.#where === "" ? key : `${this.#where}.${key}`;
  }

  #optional<T>(key: string, expected: string, is: (value: unknown) => value is T): T | undefined {
    const value = this.#value[key];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw this.#error(key, `expected ${expected}, found ${kindOf(value)}`);
    return value;
  }

  #required<T>(key: string, expected: string, value: T | undefined): T {
    if (value === undefined) throw this.#error(key, `expected ${expected}, found ${kindOf(this.#value[key])}`);
    return value;
  }

  /** Whether the field is there, be it null. */
  has(key: string): boolean {
    return Object.hasOwn(this.#value, key);
  }

  /** The field as it came. */
  raw(key: string): unknown {
    return this.#value[key];
  }

  keys(): string[] {
    return Object.keys(this.#value);
  }

  optionalString(key: string): string | undefined {
    return this.#optional(key, "a string", (value) => typeof value === "string");
  }

  string(key: string): string {
    return this.#required(key, "a string", this.optionalString(key));
  }

  optionalNumber(key: string): number | undefined {
    return this.#optional(key, "a number", (value) => typeof value === "number");
  }

  number(key: string): number {
    return this.#required(key, "a number", this.optionalNumber(key));
  }

  optionalBoolean(key: string): boolean | undefined {
    return this.#optional(key, "true or false", (value) => typeof value === "boolean");
  }

  boolean(key: string): boolean {
    return this.#required(key, "true or false", this.optionalBoolean(key));
  }

  optionalObject(key: string): JsonReader | undefined {
    const value = this.#value[key];
    return value === undefined || value === null ? undefined : new JsonReader(value, this.#context, this.#at(key));
  }

  object(key: string): JsonReader {
    return new JsonReader(this.#value[key], this.#context, this.#at(key));
  }

  optionalObjects(key: string): JsonReader[] | undefined {
    return this.#optional(key, "a list", (value) => Array.isArray(value))?.map(
      (item, i) => new JsonReader(item, this.#context, this.#at(`${key}[${i}]`)),
    );
  }

  objects(key: string): JsonReader[] {
    return this.#required(key, "a list", this.optionalObjects(key));
  }

  optionalStrings(key: string): string[] | undefined {
    const list = this.#optional(key, "a list", (value): value is unknown[] => Array.isArray(value));
    return list?.map((item, i) => {
      if (typeof item !== "string") throw this.#error(`${key}[${i}]`, `expected a string, found ${kindOf(item)}`);
      return item;
    });
  }

  strings(key: string): string[] {
    return this.#required(key, "a list", this.optionalStrings(key));
  }

  /** A string-to-string map, such as metadata. Values that are no strings are written as JSON. */
  optionalStringMap(key: string): Record<string, string> | undefined {
    const map = this.optionalObject(key);
    if (!map) return undefined;
    const entries = map.keys().map((name): [string, string] => {
      const value = map.raw(name);
      return [name, typeof value === "string" ? value : JSON.stringify(value)];
    });
    return Object.fromEntries(entries);
  }

  /** A string-to-number map, such as resources. */
  numberMap(key: string): Record<string, number> {
    const map = this.object(key);
    return Object.fromEntries(map.keys().map((name) => [name, map.number(name)]));
  }
}
