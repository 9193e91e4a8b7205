/** The generated tables of docs/configuration.md. */
import type { Setting } from "../migration/contract/setting.ts";
import { SETTINGS } from "../migration/contract/settings.ts";
import { configJsonSchema, type JsonSchema } from "./json-schema.ts";

/** The generated tables of docs/configuration.md, each between two marker lines with its name. */
export const TABLES = { reference: () => referenceTable(configJsonSchema()), places: placesTable };

/** One row per setting of the stack file: its path, type, default and description. */
export function referenceTable(schema: JsonSchema): string {
  const rows = rowsOf(schema, "").map(
    ([path, type, fallback, text]) => `| \`${path}\` | ${type} | ${fallback} | ${text} |`,
  );
  return ["| Setting | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** Where each setting of a migration is written. */
function placesTable(): string {
  const paths = { stack: "", server: "servers.<name>.", migration: "servers.<name>.migration." };
  const rows = Object.entries<Setting>(SETTINGS).map(([name, { stackFile, option, variable }]) =>
    [name, stackFile && `${paths[stackFile]}${name}`, option, variable]
      .map((text) => (text === undefined ? "" : `\`${text}\``))
      .join(" | "),
  );
  return [
    "| Setting | Stack file | `live-migrate` | Environment |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}

/**
 * `document` with its tables generated again.
 *
 * @param tables each by the name that its marker lines have
 * @throws {Error} if the marker lines of a table are missing
 */
export function withTables(document: string, tables: Readonly<Record<string, () => string>> = TABLES): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`] as const;
    if (!text.includes(begin) || text.indexOf(end) < text.indexOf(begin)) {
      throw new Error(`the lines ${begin} and ${end} are missing`);
    }
    return `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${table()}\n\n${text.slice(text.indexOf(end))}`;
  }, document);
}

type Row = [path: string, type: string, fallback: string, text: string];

function rowsOf(schema: JsonSchema, path: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = path === "" ? key : `${path}.${key}`;
    const row: Row = [here, typeOf(inner), defaultOf(inner), escaped(inner.description ?? "")];
    // The defaults repeat the settings of a server.
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
