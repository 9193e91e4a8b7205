/**
 * What all catalogues of texts have in common: an entry is a function that makes its text, or its parts, of its values;
 * it is asked for by its code, with just these values. messages.ts says which catalogues there are.
 */
import { oneLine } from "../text/visible.ts";

/** The values that fill an entry's text. */
export type V<Names extends string> = Record<Names, string>;

/** Texts by their codes. @example const TEXTS = { late: ({ seconds }: V<"seconds">) => … } satisfies Catalogue<string> */
export type Catalogue<Made> = Record<string, (values: never) => Made>;

/**
 * Makes the function that fills a catalogue's entries.
 *
 * @example
 * const say = filler(TEXTS);
 * say("late", { seconds: "1600" });
 */
export function filler<C extends Catalogue<unknown>>(catalogue: C) {
  return <Code extends keyof C>(code: Code, ...values: Parameters<C[Code]>): ReturnType<C[Code]> =>
    // One entry's text takes just its own values; the compiler cannot follow that through the union of all entries.
    inOneLine((catalogue[code] as unknown as (...own: Parameters<C[Code]>) => ReturnType<C[Code]>)(...values));
}

/** Values are names, and texts of others: none of them may end the line, or hide a part of it. */
function inOneLine<Made>(made: Made): Made {
  if (typeof made === "string") return oneLine(made) as Made;
  if (Array.isArray(made)) return made.map(inOneLine) as Made;
  if (typeof made !== "object" || made === null) return made;
  return Object.fromEntries(Object.entries(made).map(([key, part]) => [key, inOneLine(part as unknown)])) as Made;
}

/** The texts of entries that have more than a text. */
export function textsOf<E extends Record<string, { text: (values: never) => unknown }>>(entries: E) {
  const texts = Object.entries(entries).map(([code, { text }]) => [code, text]);
  return Object.fromEntries(texts) as { [Code in keyof E]: E[Code]["text"] };
}

export const codesOf = <C extends object>(catalogue: C) => Object.keys(catalogue) as (keyof C & string)[];
