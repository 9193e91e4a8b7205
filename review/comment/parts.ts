/** @example counted(2, "warning", "warnings") // ["2 warnings"]; nothing for 0 */
export const counted = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

/** @example joinWords(["a", "b", "c"]) // "a, b and c" */
export const joinWords = (all: readonly string[]): string =>
  all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;

/** Lines below a title; none without lines. */
export const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`#### ${title}`, "", ...lines];

/** Lines that the reader can expand. */
export const folded = (title: string, lines: readonly string[]): string[] => [
  "<details>",
  `<summary>${title}</summary>`,
  "",
  ...lines,
  "",
  "</details>",
];

/** Order of names for people. @example ["vm9", "vm10"] */
export const byName = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
