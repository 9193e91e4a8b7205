import type { Problems } from "./config-problems.ts";

const SECRET = /password|secret|token/;

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;

/** A setting that has to be text; `undefined` for an empty one. Anything else is a problem: clients disagree on what it says. */
export function textIn(value: unknown, path: string, problems: Problems): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  const shown = SECRET.test(path) || typeof value === "object" ? undefined : `${value as number}`;
  problems.add(path, shown, `is read as ${kindOf(value)}, not as text`, "put the value in quotes");
  return undefined;
}
