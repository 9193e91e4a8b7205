/** Nothing for none. @example plural(2, "server") // "2 servers" */
export function plural(count: number, one: string, many = `${one}s`): string {
  if (count === 0) return "";
  return `${count} ${count === 1 ? one : many}`;
}

/** @example joinWords(["a", "b", "c"]) // "a, b and c" */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
