/** Reading of answers: schemas of what an API promises, and errors that name the request and the field. */
import * as z from "zod/mini";
import { describe, ProtocolError, type RequestContext } from "./errors.ts";
import { oneLine } from "../../text/visible.ts";

/** A field that may be absent or null: `undefined` then, which means "not known", never a guess. */
export const optional = <S extends z.ZodMiniType>(schema: S) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value: z.output<S> | null | undefined): z.output<S> | undefined => value ?? undefined),
  );

/** As {@link optional}, for a field that nothing depends on: `undefined` also if it is of another kind. */
export const lenient = <S extends z.ZodMiniType>(schema: S) => z.catch(optional(schema), undefined);

/** The one field of an object that matters. */
export const inside = <S extends z.ZodMiniType>(key: string, schema: S) =>
  z.pipe(
    z.object({ [key]: schema }),
    z.transform((value) => value[key] as z.output<S>),
  );

/**
 * Makes a service's time one that every reader understands: Nova and Cinder write UTC without saying so, and a reader
 * would take it for local time.
 *
 * @example utc("2026-11-23T20:40:44.000000") // "2026-11-23T20:40:44.000000Z"
 */
const utc = (text: string): string => (/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);

/** A time, ISO 8601. */
export const time = z.pipe(z.string(), z.transform(utc));

/** A time that may be missing; Cinder writes an empty text then. */
export const optionalTime = z.pipe(
  optional(z.string()),
  z.transform((value: string | undefined) => (value === undefined || value === "" ? undefined : utc(value))),
);

/** A list; entries of another kind are left out. */
export const anyOf = <S extends z.ZodMiniType>(schema: S) =>
  z.pipe(
    z.array(z.unknown()),
    z.transform((list) =>
      list.flatMap((entry) => {
        const read = z.safeParse(schema, entry);
        return read.success ? [read.data] : [];
      }),
    ),
  );

/** A string-to-string map, such as metadata. Values that are not strings are written as JSON. */
export const stringMap = z.record(
  z.string(),
  z.pipe(
    z.unknown(),
    z.transform((value) => (typeof value === "string" ? value : JSON.stringify(value))),
  ),
);

/** A field's schema, or the API's own name of the field and its schema. */
type Field = z.ZodMiniType | readonly [key: string, schema: z.ZodMiniType];
type Output<F extends Field> = F extends z.ZodMiniType
  ? z.output<F>
  : F extends readonly [string, infer S extends z.ZodMiniType]
    ? z.output<S>
    : never;

/** An object, whose fields may have other names here than in the API. */
export function fields<F extends Record<string, Field>>(shape: F) {
  const named = Object.entries(shape).map(([name, field]) => ({
    name,
    ...("length" in field ? { key: field[0], schema: field[1] } : { key: name, schema: field }),
  }));
  return z.pipe(
    z.object(Object.fromEntries(named.map(({ key, schema }) => [key, schema]))),
    z.transform(
      (value) =>
        Object.fromEntries(named.map(({ name, key }) => [name, value[key]])) as { [K in keyof F]: Output<F[K]> },
    ),
  );
}

/**
 * Reads an answer.
 *
 * @throws ProtocolError
 */
export function read<S extends z.ZodMiniType>(schema: S, answer: unknown, context: RequestContext): z.output<S> {
  const result = z.safeParse(schema, answer);
  if (result.success) return result.data;
  throw new ProtocolError(context, problemOf(result.error, answer));
}

/** An entry of a list that could not be read. */
export interface Skipped {
  /** Its place. @example "services[3]" */
  at: string;
  /** Why. @example "state: expected a string, found nothing" */
  problem: string;
  entry: unknown;
}

/**
 * Reads a list entry by entry, and skips those that cannot be read.
 *
 * @param skipped gets the entries that could not be read
 * @throws ProtocolError if there is no list
 */
export function readList<S extends z.ZodMiniType>(
  schema: S,
  answer: unknown,
  key: string,
  context: RequestContext,
  skipped: Skipped[],
): z.output<S>[] {
  const list = read(inside(key, z.array(z.unknown())), answer, context);
  return list.flatMap((entry, i) => {
    const result = z.safeParse(schema, entry);
    if (result.success) return [result.data];
    const problem = isPartial(entry) ? "the database of its Nova cell does not answer" : problemOf(result.error, entry);
    skipped.push({ at: `${key}[${i}]`, problem, entry });
    return [];
  });
}

/** One line about the entries of a list that could not be read. Pure. */
export function describeSkipped(context: RequestContext, skipped: readonly Skipped[]): string {
  const [first] = skipped;
  const { at = "", problem = "", entry } = first ?? {};
  const count = skipped.length === 1 ? "1 unreadable entry was" : `${skipped.length} unreadable entries were`;
  const fix = isPartial(entry)
    ? "repair that database; `nova-manage cell_v2 list_cells` shows it"
    : "ask the cloud's operators what is wrong with it";
  return `${describe(context)}: ${count} skipped: ${at}${identityOf(entry)}: ${problem}. Fix: ${fix}`;
}

/** A field of something that may be no object. */
export const fieldOf = (entry: unknown, key: string): unknown => (Object(entry) as Record<string, unknown>)[key];

/** Whether this is a server whose cell's database does not answer (2.69 and newer). */
const isPartial = (entry: unknown) => fieldOf(entry, "status") === "UNKNOWN";

/** The fields that identify an entry. */
function identityOf(entry: unknown): string {
  const texts = ["id", "name", "host", "status"].flatMap((key) => {
    const value = fieldOf(entry, key);
    return typeof value === "string" ? `${key} ${oneLine(value).slice(0, 64)}` : [];
  });
  return texts.length === 0 ? "" : ` (${texts.join(", ")})`;
}

/** The first problem, with its place. */
function problemOf({ issues }: z.core.$ZodError, answer: unknown): string {
  const [issue] = issues;
  if (!issue) return "";
  const place = issue.path.reduce<string>(
    (path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`),
    "",
  );
  const found = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], answer);
  const mismatch = `expected ${expectedBy(issue)}, found ${kindOf(found)}`;
  return place === "" ? mismatch : `${place}: ${mismatch}`;
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union")
    return issue.errors.flatMap(([first]) => (first ? expectedBy(first) : [])).join(" or ");
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  return issue.code === "invalid_type" ? (KINDS[issue.expected] ?? `a ${issue.expected}`) : issue.message;
}

const KINDS: Readonly<Record<string, string>> = {
  object: "an object",
  record: "an object",
  array: "a list",
  boolean: "true or false",
  null: "null",
  undefined: "nothing",
};

const kindOf = (value: unknown): string =>
  value === null ? "null" : value === undefined ? "nothing" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
