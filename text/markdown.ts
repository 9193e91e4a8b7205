/** Names and texts of others, made harmless in a comment of a review. Pure. */
import { oneLine, visible } from "./visible.ts";

/** What Markdown or HTML could take for markup, as character references: those are text wherever they stand. */
const MARKUP = /[&<>|`*_[\]\\~$"']/g;
const reference = (character: string) => `&#${character.codePointAt(0) ?? 0};`;

/** A name or value in code type. In code nobody is mentioned and nothing is linked. */
export function code(text: string): string {
  const line = oneLine(text).trim();
  if (/^[\w./:+()-]+( [\w./:+()-]+)*$/.test(line)) return `\`${line}\``;
  return `<code>${line.replace(MARKUP, reference)}</code>`;
}

/** Nothing is shown of a comment in HTML, but what stands around it is no mention, reference or address any more. */
const BREAK = "<!-- -->";

/** In one pass, so that nothing made here is taken for a sign of the text. */
function plain(text: string): string {
  return text.replace(/[&<>|`*_[\]\\~$"'@#]|:\/\/|\bwww\./gi, (found) => {
    if (found === "://") return `:${BREAK}//`;
    if (found === "@" || found === "#") return found + BREAK;
    return found.length > 1 ? `${found.slice(0, 3)}${BREAK}.` : reference(found);
  });
}

/** A sentence of the engine, with values of the cloud in it. What stands between backticks becomes code. */
export function prose(text: string): string {
  return oneLine(text)
    .trim()
    .split(/(`[^`]+`)/)
    .map((part, i) => (i % 2 === 1 ? code(part.slice(1, -1)) : plain(part)))
    .join("");
}

/** Lines of a program's output, as they are: within `pre` nothing but HTML counts as markup. */
export function preformatted(text: string): string[] {
  const lines = text.replaceAll("\r", "").replaceAll("\t", "  ").trim().split("\n");
  return ["<pre>", ...lines.map((line) => visible(line).replace(/[&<>]/g, reference)), "</pre>"];
}

/** The target of a link; a text that is no address of the web leads nowhere. */
export function linkTarget(address: string): string {
  if (!URL.canParse(address) || !/^https?:/i.test(address)) return "#";
  return new URL(address).href.replace(/[()<>[\]\\|`*_~]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
