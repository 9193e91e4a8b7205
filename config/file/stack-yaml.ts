/**
 * Reads YAML as Pulumi does: its library, gopkg.in/yaml.v3, resolves plain text by rules of YAML 1.1 and 1.2.
 */
import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Alias, Document, Node, Scalar, ToStringOptions, YAMLError, YAMLMap } from "yaml";
import type { Problem } from "../../openstack/problems.ts";
import { yamlDocument } from "../../text/yaml.ts";
import { isMapping, Rewritten, Secret } from "./values.ts";

/** Maximum number of values in a file, with its aliases expanded. */
const MOST_VALUES = 200_000;

/**
 * @param text without a byte order mark
 * @returns the file's value, in which `{ secure: text }` is a {@link Secret}; or the problems of the file
 */
export function readStackYaml(text: string): { value: unknown } | { problems: Problem[] } {
  const lines = new LineCounter();
  try {
    // Plain text stays text here: it is resolved below.
    const document = parseDocument(text, {
      schema: "failsafe",
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "error",
    });
    const [error] = document.errors;
    // Later errors mostly follow from the first one.
    if (error !== undefined) return { problems: [syntaxProblem(error, lines)] };
    const reader = new Reader(document, lines);
    const value = reader.valueOf(document.contents);
    return reader.problems.length > 0 ? { problems: reader.problems } : { value };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problems: [TOO_DEEP] };
  }
}

const TOO_DEEP: Problem = { path: "the file", problem: "nested too deeply", fix: "write it with fewer levels" };

function syntaxProblem(
  { code, message, pos }: Pick<YAMLError, "code" | "message" | "pos">,
  lines: LineCounter,
): Problem {
  const path = placeOf(lines, pos[0]);
  if (code === "RESOURCE_EXHAUSTION") return TOO_DEEP;
  if (code === "DUPLICATE_KEY") {
    return { path, problem: "this name is given twice in the same mapping", fix: "keep one of the two" };
  }
  if (code === "MULTIPLE_DOCS") {
    return {
      path,
      problem: "a second document: Pulumi reads only the first one",
      fix: "keep one document in the file",
    };
  }
  return {
    path,
    problem: `not YAML: ${message}`,
    fix: "correct it; indent with spaces, and quote text that has : # or quotes",
  };
}

function placeOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

/** Writes a value as YAML that Pulumi reads as the same value. Lines are not folded. */
export function writeStackYaml(value: unknown, options: ToStringOptions = {}): string {
  const document = yamlDocument(value);
  visit(document, {
    Scalar(_, node) {
      const { value: text } = node;
      if (typeof text === "string" && resolvePlain(text) !== text) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0, ...options });
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #targets: ReadonlyMap<Alias, Node | undefined>;
  readonly #lines: LineCounter;
  readonly #open = new Set<Node>();
  #count = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#targets = aliasTargets(document);
    this.#lines = lines;
  }

  valueOf(node: unknown): unknown {
    if (node === null || node === undefined) return null;
    const target = this.#target(node as Node);
    if (target === undefined) return null;
    if (++this.#count > MOST_VALUES) {
      if (this.#count === MOST_VALUES + 1) {
        this.#add(target, "its aliases make more than 200,000 values", "repeat less");
      }
      return null;
    }
    if (isScalar(target)) return this.#scalar(target);
    this.#open.add(target);
    const value = isMap(target)
      ? this.#mapping(target)
      : (target as { items: unknown[] }).items.map((item) => this.valueOf(item));
    this.#open.delete(target);
    return value;
  }

  /** The target of an alias; undefined after a problem. */
  #target(node: Node): Node | undefined {
    if (!isAlias(node)) return node;
    const target = this.#targets.get(node);
    if (target !== undefined && !this.#open.has(target)) return target;
    const [problem, fix] =
      target === undefined
        ? [
            `there is no anchor &${node.source} before this alias`,
            "define the anchor above, or quote text that begins with *",
          ]
        : [`the anchor &${node.source} contains itself`, "write the value out"];
    this.#add(node, problem, fix);
    return undefined;
  }

  #mapping(map: YAMLMap): unknown {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = this.#target(key as Node);
      if (isScalar(name) && isMergeKey(name)) {
        // If several mappings have a name, the first one counts.
        for (const [inner, given] of this.#merged(value)) if (!merged.has(inner)) merged.set(inner, given);
        continue;
      }
      const text = isScalar(name) ? this.#name(name) : undefined;
      if (text !== undefined) own.set(text, this.valueOf(value));
      else if (name !== undefined) this.#add(name, "a name that is not text", "use text as the name");
    }
    // Object.fromEntries keeps a name such as __proto__ as it is.
    const value = Object.fromEntries(new Map([...merged, ...own]));
    return Object.keys(value).length === 1 && typeof value["secure"] === "string" ? new Secret() : value;
  }

  /** Pulumi takes numbers and booleans as names, by their text. */
  #name(node: Scalar): string {
    const value = this.#scalar(node);
    if (typeof value === "string") return value;
    const text = value === null ? "<nil>" : JSON.stringify(value instanceof Rewritten ? value.value : value);
    const { source = "" } = node;
    if (text !== source) this.#add(node, `Pulumi reads this name as ${text}`, `put it in quotes: "${source}"`, source);
    return text;
  }

  /** The entries behind a merge key: of a mapping, or of a list of mappings. */
  #merged(node: unknown): [string, unknown][] {
    const value = this.valueOf(node);
    const maps = Array.isArray(value) ? (value as unknown[]) : [value];
    if (maps.every(isMapping)) return maps.flatMap((map) => Object.entries(map));
    if (this.problems.length === 0) {
      this.#add(
        node as Node,
        "<< takes a mapping, or a list of mappings",
        "name an anchor of a mapping, such as *common",
      );
    }
    return [];
  }

  #scalar(node: Scalar): unknown {
    const text = String(node.value);
    const { tag } = node;
    if (tag === "tag:yaml.org,2002:str" || tag === "!" || (tag === undefined && node.type !== "PLAIN")) return text;
    if (tag === undefined) return resolvePlain(text);
    this.#add(node, `the tag ${tag} is not supported here`, "write the value without a tag");
    return null;
  }

  #add(node: Node, problem: string, fix: string, value?: unknown): void {
    this.problems.push({ path: placeOf(this.#lines, node.range?.[0] ?? 0), value, problem, fix });
  }
}

/** The target of each alias: the nearest anchor with its name before it. */
function aliasTargets(document: Document): Map<Alias, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** Also in quotes: Pulumi writes the file anew without them before it reads the settings. */
const isMergeKey = ({ value }: Scalar) => value === "<<";

const BOOLEANS = new Map([
  ...["true", "True", "TRUE"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE"].map((text) => [text, false] as const),
]);
const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/;
const INTEGER = /^[-+]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const DATE = /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]| )(\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/;

/** The value of text without quotes and tags. */
function resolvePlain(source: string): unknown {
  if (NULLS.has(source)) return null;
  const value = BOOLEANS.get(source) ?? numberOf(source) ?? dateOf(source);
  if (value === undefined) return source;
  return String(value) === source ? value : new Rewritten(value, source);
}

function numberOf(source: string): number | undefined {
  const infinite = INFINITE.exec(source);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(source)) return NaN;
  // Underscores are left out, but not in what begins with a point.
  const plain = source.startsWith(".") ? source : source.replaceAll("_", "");
  if (!/^[-+.\d]/.test(source)) return undefined;
  if (INTEGER.test(plain)) {
    const negative = plain.startsWith("-");
    const digits = plain
      .replace(/^[-+]/, "")
      .replace(/^0(?=[0-7])/, "0o")
      .toLowerCase();
    const value = BigInt(digits);
    if (negative ? value <= 2n ** 63n : value < 2n ** 64n) return Number(negative ? -value : value);
  }
  const value = Number(plain);
  return FLOAT.test(plain) && Number.isFinite(value) ? value : undefined;
}

/** As Go writes it. */
function dateOf(source: string): string | undefined {
  const [all, year, month, day, hour = "0", minute = "0", second = "0", zone = "Z"] = DATE.exec(source) ?? [];
  if (all === undefined) return undefined;
  const pad = (text = "") => text.padStart(2, "0");
  const date = new Date(`${year}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${zone}`);
  // JavaScript takes February 30 for March 1.
  if (Number.isNaN(date.getTime()) || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
    return undefined;
  return `${date.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}
