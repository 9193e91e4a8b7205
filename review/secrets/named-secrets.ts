/**
 * Secrets that only their names give away: `OS_PASSWORD=…`, `token: …`, `"secret_key": "…"`. A name counts by how it
 * ends, so that nobody has to know them all. Pure.
 */
export const HIDDEN = "[hidden]";

const ENDING =
  /(?:pass(?:word|wd|phrase|code)|secret|token|(?:access|secret|private|api)[ _-]?key|[_-](?:pass|credential)|adminpass)s?/;
const WHOLE_NAME = new RegExp(`${ENDING.source}$`, "i");
/** Not `::`, which joins the parts of a URN, and not the `://` of an address. */
const SEPARATOR = /[ \t]*(?::(?![:=]|\/\/)|:?={1,2}>?)[ \t]*/;
const NAMED = new RegExp(`${ENDING.source}(?<close>\\\\*["'])?(?<separator>${SEPARATOR.source})`, "gi");

/** A text of several lines below its name, as YAML has it. */
const BLOCK =
  /^([ \t]*)((?:- )?["']?([\w.-]+)["']?:[ \t]*[|>][-+\d]*[ \t]*\r?\n)((?:(?:\1[ \t]+.*|[ \t]*)(?:\n|$(?![^])))+)/gm;
const KEY_FILE = /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g;
/** A header's value: with its scheme, or long; not a sentence about authorization. */
const AUTHORIZATION =
  /(?<=\b(?:proxy-)?authorization\\*["']?[ \t]*[:=][ \t]*\\*["']?)(?:(?:bearer|basic|digest|negotiate|token)[ \t]+[^\s"'\\,;]+|[^\s"'\\,;]{16,})/gi;

/** What stands for a secret already: written by this, or by Pulumi or the engine; or in the letters of Markdown or Mermaid. */
const HIDDEN_ALREADY = /^\\*["']?(?:\[|&?#91;)(?:hidden|secret)(?:\]|&?#93;)(?![\w!?@$%^*+=/~-])/;
/** What says that there is none, or that it is left out. */
const NO_SECRET =
  /^(?:\(nothing\)|none|null|nil|undefined|true|false|yes|no|unset|missing|empty|unknown|invalid|expired|refused|required|\*+|…|\.{3}|[-–~])(?=[,.;)}\]`]*(?:\s|$|\\*["']|<\/))/i;
/** How a sentence goes on, and no password does. */
const SENTENCE = /^(?:it|its|is|was|the|an?|not|this|that|there|if|see|set|give|use|ask)(?= [a-z])/;

/** How a line of an environment, or of YAML, begins: its value goes to the line's end, with its spaces. */
const LINE_BEGIN = /^[ \t]*(?:[-+~>*] )?(?:(?:export|set|env|declare -x|-e) )?[\w.-]*$/i;

export function isSecretName(name: string): boolean {
  return WHOLE_NAME.test(name);
}

/** Hides the values whose names say that they are secrets. What is quoted stays so: JSON within a text stays JSON. */
export function hideNamed(text: string): string {
  return hideValues(hideBlocks(text.replace(KEY_FILE, HIDDEN))).replace(AUTHORIZATION, HIDDEN);
}

function hideBlocks(text: string): string {
  return text.replace(
    BLOCK,
    (_, indent: string, head: string, name: string, lines: string) =>
      indent + head + (isSecretName(name) ? `${indent}  ${HIDDEN}\n` : hideBlocks(lines)),
  );
}

function hideValues(text: string): string {
  const names = new RegExp(NAMED);
  let shown = "";
  let from = 0;
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const at = found.index + found[0].length;
    const end = text.indexOf("\n", at);
    const before = lineBefore(text, found.index);
    const rest = text.slice(at, end < 0 ? undefined : end).trimEnd();
    const { close = "", separator = "" } = found.groups ?? {};
    const [length, instead] = valueOf(rest, { name: found[0], before, close, separator });
    shown += text.slice(from, at) + instead;
    from = at + length;
    names.lastIndex = from;
  }
  return shown + text.slice(from);
}

/** So much of a line tells what its end is; more would take too long with the lines that programs write. */
const FAR = 2_000;

function lineBefore(text: string, index: number): string {
  const near = text.slice(Math.max(0, index - FAR), index);
  const begin = near.lastIndexOf("\n");
  return begin < 0 && index > FAR ? `…${near}` : near.slice(begin + 1);
}

interface Place {
  /** How the name ends, with what stands between it and the value. */
  name: string;
  /** What its line has before it. */
  before: string;
  /** The quotation mark that ends the name. */
  close: string;
  separator: string;
}

const KEPT = [0, ""] as const;

/** How long the value is with which `rest` begins, and what is shown instead of it. */
function valueOf(rest: string, { name, before, close, separator }: Place): readonly [length: number, instead: string] {
  if (rest === "" || HIDDEN_ALREADY.test(rest) || NO_SECRET.test(rest)) return KEPT;
  // The quotation mark is the string's end, and no value follows.
  const inString = inJsonString(close === '"' ? before + close : before);
  if (inString && /^(?:\\\\)*"/.test(rest)) return KEPT;
  const quoted = quotedAt(rest);
  if (quoted !== undefined) return quoted;
  const colon = separator.includes(":");
  // A mapping: the names in it tell which of its values are secrets. A block: its lines were hidden before.
  if (colon && /^(?:\{|[|>][-+\d]*$)/.test(rest)) return KEPT;
  // The type within a URN.
  if (separator === ":" && /^\w+::/.test(rest)) return KEPT;
  const hide = (pattern: RegExp, instead = HIDDEN) => [pattern.exec(rest)?.[0].length ?? 0, instead] as const;
  if (close !== "") return hide(/^(?:\[[^\]]*\]?|(?:(?!\\*")[^\s,}\]])+)/, close + HIDDEN + close);
  if (LINE_BEGIN.test(before)) return hide(/^.*/);
  if (colon && !inString && inMapping(before)) return hide(/^(?:(?!\\*"\s*(?:[,}\]:]|$))[^,}])+(?<!\s)/);
  if (colon && !/phrase/i.test(name) && SENTENCE.test(rest)) return KEPT;
  // Up to a space, or to the end of the JSON string that it stands in; a sentence keeps its signs.
  return hide(/^(?:(?!\\*"\s*(?:[,}\]:]|$))\S)*?(?=[)`.,;]*(?:\s|$|\\*"\s*(?:[,}\]:]|$)))/);
}

/** Whether a mapping of YAML has begun in this line, and no text in quotation marks. */
function inMapping(before: string): boolean {
  const brace = before.lastIndexOf("{");
  return brace > before.lastIndexOf("}") && (before.slice(brace).split('"').length - 1) % 2 === 0;
}

/** Whether JSON has begun in the line, as in those that hold a plan, and a string of it. */
function inJsonString(before: string): boolean {
  return /^[^"]*[[{]/.test(before) && (before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
}

/** Of a value in quotation marks, which may be escaped themselves; one that never ends goes to the line's end. */
function quotedAt(rest: string): readonly [length: number, instead: string] | undefined {
  const quote = /^\\*["']/.exec(rest)?.[0];
  if (quote === undefined) return undefined;
  const pattern =
    quote === '"'
      ? /^"(?:[^"\\]|\\.)*"?/
      : quote === "'"
        ? /^'(?:[^']|'')*'?/
        : /^(\\+["'])(?:(?!(?<!\\)").)*?(?:\1(?=["\s,;:}\]).]|$)|(?=(?<!\\)")|$)/;
  const value = pattern.exec(rest)?.[0] ?? rest;
  if (value === quote + quote) return KEPT;
  // In a shell `"a"b` is one word.
  const more = /^[^\s,;:}\])"'\\]*/.exec(rest.slice(value.length))?.[0].length ?? 0;
  const ended = value.length > quote.length && value.endsWith(quote);
  return [value.length + more, quote + HIDDEN + (ended ? quote : "")];
}
