/** Looks like an object of JSON. */
const BEGIN = /\{\s*"/g;

/**
 * The JSON objects in a text, each parsed, without those inside of others. Text around them is skipped. Pure.
 *
 * @returns undefined if one is cut off or broken: an object inside of it would be taken for the whole
 */
export function objectsIn(text: string): unknown[] | undefined {
  const found: unknown[] = [];
  const begin = new RegExp(BEGIN);
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const end = endOf(text, match.index);
    if (end === undefined) return undefined;
    try {
      found.push(JSON.parse(text.slice(match.index, end)));
    } catch {
      return undefined;
    }
    begin.lastIndex = end;
  }
  return found;
}

/** Where the object ends that begins at `start`. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return i + 1;
  }
  return undefined;
}
