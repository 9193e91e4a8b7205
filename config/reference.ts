/** The reference of all settings as Markdown, made from the JSON schema so that it cannot be out of date. */
import type { JsonSchema } from "./json-schema.ts";

/** Between these lines of docs/configuration.md stands what {@link referenceTable} makes. */
export const REFERENCE_MARKS = ["<!-- reference: begin -->", "<!-- reference: end -->"] as const;

/** One row a setting: its path, type, default and description. */
export function referenceTable(schema: JsonSchema): string {
  const rows = rowsOf(schema, "").map(
    ([path, type, fallback, text]) => `| \`${path}\` | ${type} | ${fallback} | ${text} |`,
  );
  return ["| Setting | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/**
 * `document` with a new table between its marks.
 *
 * @throws {Error} if the marks are not there
 */
export function withReference(document: string, table: string): string {
  const [begin, end] = REFERENCE_MARKS.map((mark) => document.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new Error(`the lines ${REFERENCE_MARKS.join(" and ")} are missing`);
  return `${document.slice(0, begin + REFERENCE_MARKS[0].length)}\n\n${table}\n\n${document.slice(end)}`;
}

type Row = [path: string, type: string, fallback: string, text: string];

function rowsOf(schema: JsonSchema, path: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = path === "" ? key : `${path}.${key}`;
    const row: Row = [here, typeOf(inner), defaultOf(inner), escaped(inner.description ?? "")];
    // The defaults are the servers' settings once more.
    if (here === "defaults") return [row];
    const entries = typeof inner.additionalProperties === "object" ? inner.additionalProperties : undefined;
    return [row, ...rowsOf(inner, here), ...(entries ? rowsOf(entries, `${here}.<name>`) : [])];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? typeOf(schema.items) : "anything"}`;
  if (schema.type === "object") {
    const entries = schema.additionalProperties;
    return typeof entries === "object" ? `name → ${typeOf(entries)}` : "mapping";
  }
  return schema.type === "integer" ? "whole number" : (schema.type ?? "anything");
}

function defaultOf(schema: JsonSchema): string {
  if (schema.default === undefined) return "";
  const text = JSON.stringify(schema.default);
  return text === "{}" || text === "[]" ? "empty" : `\`${text}\``;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
