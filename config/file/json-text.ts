/** JSON as text, as `pulumi config set` stores a mapping or list. */

/** Whether text looks like a mapping or list in JSON. */
export const isJsonLike = (text: string): boolean => /^\s*[[{]/.test(text);

/**
 * The place and cause of the first error in JSON text. It quotes at most one character, because a stack file may hold
 * passwords.
 *
 * @returns undefined if the text is valid JSON
 * @example jsonProblem('{"a": x}') // "line 1, column 7: unexpected 'x'"
 */
export function jsonProblem(text: string): string | undefined {
  const message = parseError(text);
  if (message === undefined) return undefined;
  const at = Number(/ at position (\d+)/.exec(message)?.[1] ?? firstUnexpected(text, message));
  const before = text.slice(0, at).split("\n");
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const token = /^Unexpected token/.test(message) ? `unexpected '${text[at] ?? ""}'` : undefined;
  const what = token ?? message.replace(/ in JSON at position .*| after JSON at position .*/s, "");
  return `${place}: ${what.charAt(0).toLowerCase()}${what.slice(1)}`;
}

function parseError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** V8 reports no position for an unexpected token. It is the last character of the shortest prefix with this error. */
function firstUnexpected(text: string, message: string): number {
  if (!message.startsWith("Unexpected token")) return text.length;
  let [right, wrong] = [0, text.length];
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2);
    if (parseError(text.slice(0, middle))?.startsWith("Unexpected token")) wrong = middle;
    else right = middle;
  }
  return right;
}
