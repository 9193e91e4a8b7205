import { stripVTControlCharacters } from "node:util";

/** The end of the log of `pulumi up`. */
export interface UpLog {
  /** Lines such as "1 updated" and "12 unchanged"; empty if it did not get that far. */
  resources: string[];
  /** What Pulumi and the program said, errors among it. */
  diagnostics: string[];
}

/** Maximum number of lines to show. */
const MOST = 120;

/** Reads the text that `pulumi up` prints for people, without colours or live display. Pure. */
export function readUpLog(text: string): UpLog {
  const lines = stripVTControlCharacters(text).replaceAll("\r", "").split("\n");
  const resources = section(lines, "Resources:").map((line) => line.trim());
  const said = section(lines, "Diagnostics:");
  // It ended before its summary: the last lines are all there is.
  const diagnostics = said.length > 0 ? said : resources.length > 0 ? [] : lines.slice(-40);
  return { resources: resources.filter((line) => line !== ""), diagnostics: trimmed(diagnostics).slice(-MOST) };
}

/** The lines below a heading, up to the next one. */
function section(lines: readonly string[], heading: string): string[] {
  const start = lines.findLastIndex((line) => line.trim() === heading);
  if (start < 0) return [];
  const end = lines.findIndex(
    (line, i) => i > start && /^(Resources|Duration|Outputs|Diagnostics|Policies):?/.test(line),
  );
  return lines.slice(start + 1, end < 0 ? undefined : end);
}

function trimmed(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex((line) => line.trim() !== "") + 1);
}
