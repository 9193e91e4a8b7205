/** Adds an entry to a mapping in a YAML text and leaves every other character as it is. Pure. */
import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { writeStackYaml } from "../../config/file/stack-yaml.ts";
import { visible } from "../../text/visible.ts";

/**
 * @param path names of the mappings around the entry, outermost first, and the entry's own. Those that are missing are added.
 * @returns undefined: there is no place for it, such as below an alias
 * @example insertEntry("config:\n", ["config", "p:servers", "vm"], { host: "h1" });
 */
export function insertEntry(text: string, path: readonly string[], value: unknown): string | undefined {
  const { contents, errors } = parseDocument(text, { schema: "failsafe", logLevel: "silent" });
  if (errors.length > 0) return undefined;
  const edit = new Edit(text);
  if (isEmpty(contents)) return edit.appendLines(text.length, nested(path, value), 0);
  let node: unknown = contents;
  for (const [depth, name] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (!isMap(node)) return isLast && isScalar(node) ? edit.addToJson(node, name, value) : undefined;
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
    if (isLast || pair === undefined) return edit.addToMapping(node, nested(path.slice(depth), value));
    if (isEmpty(pair.value)) return node.flow ? undefined : edit.addBelow(pair, nested(path.slice(depth + 1), value));
    node = pair.value;
  }
  return undefined;
}

/** Characters that cannot be seen are escaped: Pulumi refuses some of them in a file. */
const json = (value: object) => visible(JSON.stringify(value));

/** `value` below the names of `path`. */
const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;

const isEmpty = (node: unknown): boolean =>
  node === null || node === undefined || (isScalar(node) && node.source === "" && !node.anchor && !node.tag);

class Edit {
  readonly #text: string;
  readonly #newline: string;

  constructor(text: string) {
    this.#text = text;
    this.#newline = text.includes("\r\n") ? "\r\n" : "\n";
  }

  addToMapping(map: YAMLMap, entry: object): string | undefined {
    const last = map.items.at(-1);
    if (map.flow || last === undefined) {
      // Inside of braces, JSON is YAML.
      const at = last === undefined ? (map.range?.[0] ?? 0) + 1 : endOf(last);
      return this.#insert(at, `${last === undefined ? " " : ", "}${json(entry).slice(1, -1)}${last ? "" : " "}`);
    }
    const column = this.#columnOf(map.items[0]?.key);
    return column === undefined ? undefined : this.appendLines(endOf(last), entry, column);
  }

  /** Below a name that has no value. */
  addBelow({ key }: Pair, entry: object): string | undefined {
    const column = this.#columnOf(key);
    return column === undefined ? undefined : this.appendLines((key as Node).range?.[1] ?? 0, entry, column + 2);
  }

  /** Mappings that `pulumi config set` was given as JSON are text in the file. */
  addToJson(scalar: Scalar, name: string, value: unknown): string | undefined {
    const text = String(scalar.value).trim();
    const [from, to] = scalar.range ?? [0, 0];
    if (!/^\{.*\}$/s.test(text)) return undefined;
    const before = text.slice(0, -1).trimEnd();
    const added = `${before}${before === "{" ? "" : ","}${json(nested([name], value)).slice(1)}`;
    const quoted =
      scalar.type === "QUOTE_SINGLE" && !added.includes("\n")
        ? `'${added.replaceAll("'", "''")}'`
        : JSON.stringify(added);
    const end = this.#text.slice(from, to).endsWith("\n") ? this.#newline : "";
    return `${this.#text.slice(0, from)}${quoted}${end}${this.#text.slice(to)}`;
  }

  /** Adds lines after the one with `offset`, and after comments that are indented further than `column`. */
  appendLines(offset: number, entry: object, column: number): string {
    const text = this.#text;
    let at = offset;
    if (text[at - 1] !== "\n") {
      const end = text.indexOf("\n", at);
      at = end === -1 ? text.length : end + 1;
    }
    for (;;) {
      const comment = /^( *)#[^\n]*(?:\n|$)/.exec(text.slice(at));
      if (comment === null || (comment[1] ?? "").length <= column) break;
      at += comment[0].length;
    }
    const lines = writeStackYaml(entry).trimEnd().split("\n");
    const block = lines.map((line) => `${" ".repeat(column)}${line}${this.#newline}`).join("");
    return this.#insert(at, at > 0 && text[at - 1] !== "\n" ? `${this.#newline}${block}` : block);
  }

  #insert(at: number, added: string): string {
    return `${this.#text.slice(0, at)}${added}${this.#text.slice(at)}`;
  }

  /** Undefined: something else is before it in its line. */
  #columnOf(node: unknown): number | undefined {
    const start = (node as Node).range?.[0] ?? 0;
    const before = this.#text.slice(this.#text.lastIndexOf("\n", start - 1) + 1, start).replace(/^\uFEFF/, "");
    return /^ *$/.test(before) ? before.length : undefined;
  }
}

/** Where the last character of an entry is, without comments and line ends after it. */
function endOf(node: unknown): number {
  if (isSeq(node) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1));
  if (isMap(node) && !node.flow && node.items.length > 0) return endOf(node.items.at(-1));
  const { key, value } = node as Partial<Pair>;
  if (key !== undefined) return endOf(isEmpty(value) ? key : value);
  return (node as Node).range?.[1] ?? 0;
}
