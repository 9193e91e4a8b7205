import { linkTarget } from "../../text/markdown.ts";

/** A part of a comment. */
export interface Block {
  lines: string[];
  /** Lines at its beginning that no line after them makes sense without, such as the head of a table. @default 0 */
  head?: number;
  /** `true`: it makes sense only whole (a diagram). @default false */
  whole?: boolean;
}

/** GitHub's limit, in characters. Bytes are counted, which are never fewer. */
export const COMMENT_LIMIT = 65_536;

const size = (lines: readonly string[]) => Buffer.byteLength(lines.map((line) => `${line}\n`).join(""));

/**
 * Joins blocks with empty lines between them, cut at `limit` bytes: what comes first stays, a block loses lines at its
 * end, and the last line says how much is missing. Pure.
 *
 * @param rest where all of it can be read
 */
export function fit(blocks: readonly Block[], limit: number = COMMENT_LIMIT, rest?: string): string {
  const given = blocks.filter(({ lines }) => lines.length > 0);
  const all = joined(given.map(({ lines }) => lines));
  if (size(all) <= limit) return text(all);

  const where = rest === undefined ? "the log has all of it" : `[all of it](${linkTarget(rest)})`;
  const note = (lines: number) => `_Cut to the size of a comment, ${lines} lines are missing: ${where}._`;
  const kept: string[][] = [];
  const room = limit - size(["", note(999_999)]);
  for (const { lines, head = 0, whole = false } of given) {
    const taken: string[] = [];
    let left = room - size(joined([...kept, []]));
    for (const line of lines) {
      left -= size([line]);
      if (left < 0) break;
      taken.push(line);
    }
    const enough = taken.length === lines.length || (!whole && taken.length > head);
    if (enough) kept.push(taken);
  }
  const missing = given.reduce((sum, { lines }) => sum + lines.length, 0) - kept.flat().length;
  return text(joined([...kept, [note(missing)]]));
}

const joined = (blocks: readonly (readonly string[])[]) =>
  blocks.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;
