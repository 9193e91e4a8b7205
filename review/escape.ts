/** Names and texts of others, made harmless in a comment. Pure. */

/** What Markdown or HTML could take for markup, as character references: those are text wherever they stand. */
const MARKUP = /[&<>|`*_[\]\\~$"']/g;
const reference = (character: string) => `&#${character.codePointAt(0) ?? 0};`;

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
/** Turns text around, hides it, or joins characters: a name could pass for another. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const oneLine = (text: string) => text.replace(INVISIBLE, "�").replace(CONTROL, " ").trim();

/** A name or value in code type. In code nobody is mentioned and nothing is linked. */
export function code(text: string): string {
  const line = oneLine(text);
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
    .split(/(`[^`]+`)/)
    .map((part, i) => (i % 2 === 1 ? code(part.slice(1, -1)) : plain(part)))
    .join("");
}

/** Lines of a program's output, as they are: within `pre` nothing but HTML counts as markup. */
export function preformatted(text: string): string[] {
  const lines = text.replace(INVISIBLE, "�").replaceAll("\r", "").replaceAll("\t", "  ").trim().split("\n");
  return ["<pre>", ...lines.map((line) => line.replace(CONTROL, " ").replace(/[&<>]/g, reference)), "</pre>"];
}

/** Text between the quotes of a Mermaid label. Whatever is not surely harmless is one of Mermaid's own entities. */
export function mermaidText(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{N} _.,:/()+-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
}
