/** The JSON schema of `Pulumi.<env>.yaml`, for editors and for the reference. */
import { z } from "zod";
import { DefaultsSchema, ServerSchema, StackConfigSchema } from "./schema.ts";

/** A JSON schema, as far as we make and read it. */
export interface JsonSchema {
  description?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  not?: JsonSchema;
  minimum?: number;
  exclusiveMinimum?: number;
}

/**
 * The settings below the project's name in `config:`. Nothing of a server is required here, because `defaults` may give
 * it; `parseStackConfig` checks the merged values.
 */
export function configJsonSchema(): JsonSchema {
  const schema = StackConfigSchema.extend({
    defaults: DefaultsSchema.describe(DefaultsSchema.description ?? ""),
    servers: z
      .record(z.string(), ServerSchema.partial().describe(ServerSchema.description ?? ""))
      .describe("Servers by name."),
  });
  const json = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  prepare(json);
  return json;
}

/** The whole file: the project's values, beside everything that is Pulumi's own. */
export function stackFileJsonSchema(project: string): JsonSchema & Record<string, unknown> {
  const { properties = {} } = configJsonSchema();
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Stack configuration of ${project}`,
    description: "Written by `npm run config:reference`; do not edit.",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${project}:${key}`, value])),
      },
    },
  };
}

/**
 * Drops what only the merged values must fulfil, and adds what contradicts itself in any case
 * (components/volumes/volume-sources.ts refuses it).
 */
function prepare(schema: JsonSchema): void {
  delete schema.required;
  const { sizeGiB, volumeId } = schema.properties ?? {};
  if (sizeGiB && volumeId) schema.not = { required: ["sizeGiB", "volumeId"] };
  Object.values(schema.properties ?? {}).forEach(prepare);
  if (typeof schema.additionalProperties === "object") prepare(schema.additionalProperties);
  if (schema.items) prepare(schema.items);
  schema.anyOf?.forEach(prepare);
}
