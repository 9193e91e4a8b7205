/** Values of a stack file before they are checked. */

/** A value that only Pulumi can decrypt: `{ secure: … }` in a stack file. */
export class Secret {
  readonly isSecret = true;
}

/** A number, boolean or date that Pulumi writes differently than the file: `0123` is 83, `1.10` is 1.1. */
export class Rewritten {
  readonly value: number | boolean | string;
  readonly source: string;

  constructor(value: number | boolean | string, source: string) {
    this.value = value;
    this.source = source;
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSpecial(value);
}

const isSpecial = (value: unknown) => value instanceof Secret || value instanceof Rewritten;

/** Whether a mapping in a stack file can have this key. YAML merges `<<` even in quotes, and coerce.ts refuses `__proto__`. */
export const isKey = (name: string): boolean => name !== "<<" && name !== "__proto__";

/**
 * A place in the configuration, as Pulumi writes it.
 *
 * @example settingPath(["servers", "web.1", "networks", 0]) // servers["web.1"].networks.0
 */
export function settingPath(keys: readonly PropertyKey[]): string {
  return keys.map(String).reduce((path, key) => {
    if (!/^[^.[\]"\s]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}

/** Whether `path` is `base`, or below it. */
export const isWithin = (path: string, base: string): boolean =>
  path === base || path.startsWith(`${base}.`) || path.startsWith(`${base}[`);
