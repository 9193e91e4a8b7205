/** The JSON schema of `Pulumi.<env>.yaml`, for editors and for the reference. */
import { z } from "zod";
import { DefaultsSchema, ServerSchema, StackConfigSchema } from "./schema.ts";

/** The parts of JSON Schema that are used here. */
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
 * The settings below the project's name in `config:`. No setting of a server is required here, because `defaults` may
 * have it; `parseStackConfig` checks the merged values.
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

/** The schema of the whole file. */
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
 * Drops requirements that only the merged values must meet, and forbids a combination that is always wrong
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
