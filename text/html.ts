import { visible } from "./visible.ts";

/** Markup that is safe to put into a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escape = (text: string) =>
  text
    .split("\n")
    .map((line) => visible(line).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character))
    .join("\n");

/** Everything that comes from outside is escaped: names of servers and volumes are anybody's. */
function partText(part: Part): string {
  if (part instanceof Markup) return part.text;
  return typeof part === "object" ? part.map(({ text }) => text).join("") : escape(String(part));
}

/**
 * Markup from a template; what is put in is escaped unless it is markup itself. Pure.
 *
 * @example html`<p>${server.name}</p>`
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, piece, i) => text + partText(parts[i - 1] ?? "") + piece));
}
