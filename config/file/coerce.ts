/**
 * Converts the values from Pulumi to the types of the schema. `pulumi config set` stores a mapping or list as JSON text
 * and a name of digits as a number; a secret is always text.
 */
import type { Problem } from "../../openstack/problems.ts";
import type { JsonSchema } from "../json-schema.ts";
import { parseJson } from "../../text/json.ts";
import { isJsonLike } from "./json-text.ts";
import { isMapping, Rewritten, Secret, settingPath } from "./values.ts";

export interface Coerced {
  /** A placeholder stands for each secret, or it is left out. */
  value: unknown;
  problems: Problem[];
  /** Where the secrets are. */
  secrets: string[];
}

export function coerce(input: unknown, schema: JsonSchema): Coerced {
  const problems: Problem[] = [];
  const secrets: string[] = [];

  function at(value: unknown, schema: JsonSchema | undefined, path: readonly PropertyKey[]): unknown {
    const kinds = schema === undefined ? [] : (schema.anyOf ?? [schema]);
    const kind = (...types: string[]) => kinds.find(({ type = "" }) => types.includes(type));
    if (value instanceof Secret) {
      if (kinds.length === 0) return "[secret]";
      secrets.push(settingPath(path));
      return standIn(kind("string", "number", "integer", "boolean"), secrets.length);
    }
    if (value instanceof Rewritten) {
      if (kind("string")) problems.push(rewritten(path, value));
      return at(value.value, schema, path);
    }
    if (typeof value === "string") {
      const structure = isJsonLike(value) ? parseJson(value) : undefined;
      if (kind(Array.isArray(structure) ? "array" : "object") && structure !== undefined)
        return at(structure, schema, path);
      return kind("string") ? value : scalar(value, kind);
    }
    if ((typeof value === "number" && !kind("number", "integer")) || (typeof value === "boolean" && !kind("boolean"))) {
      return kind("string") ? String(value) : value;
    }
    if (Array.isArray(value)) return value.map((item, i) => at(item, kind("array")?.items, [...path, i]));
    return isMapping(value) ? mapping(value, kind("object"), path) : value;
  }

  function mapping(value: Record<string, unknown>, schema: JsonSchema | undefined, path: readonly PropertyKey[]) {
    const { properties = {}, additionalProperties } = schema ?? {};
    const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
    const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (key === "__proto__") {
        problems.push({ path: settingPath([...path, key]), problem: "not a usable name", fix: "choose another one" });
        return [];
      }
      const coerced = at(inner, Object.hasOwn(properties, key) ? properties[key] : others, [...path, key]);
      return coerced === undefined ? [] : [[key, coerced]];
    });
    return Object.fromEntries(entries);
  }

  return { value: at(input, schema, []), problems, secrets };
}

type KindOf = (...types: string[]) => JsonSchema | undefined;

/** Text as a number or boolean, if it is one. */
function scalar(text: string, kind: KindOf): unknown {
  if (kind("number", "integer") && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  return kind("boolean") && (text === "true" || text === "false") ? text === "true" : text;
}

/** A placeholder that the schema accepts, different for each secret. Undefined: none. */
function standIn(schema: JsonSchema | undefined, count: number): unknown {
  if (schema?.enum) return schema.enum[0];
  if (schema?.type === "boolean") return true;
  if (schema?.type === "string") return schema.format === "ipv4" ? "192.0.2.1" : `/[secret ${count}]`;
  return schema && Math.max(schema.minimum ?? 1, 1);
}

function rewritten(path: readonly PropertyKey[], { value, source }: Rewritten): Problem {
  return {
    path: settingPath(path),
    value: source,
    problem: `Pulumi reads this as ${String(value)}`,
    fix: `put it in quotes: "${source}"`,
  };
}
