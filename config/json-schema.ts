/** The JSON schema of `Pulumi.<env>.yaml`, for editors and for the reference. */
import { z } from "zod";
import type { GuestCheck } from "../migration/contract/request.ts";
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

const GUEST_TEXTS: Record<keyof GuestCheck, string> = {
  user: "The user to log in as; needed.",
  address: "An address of the guest that this machine reaches. Default: its first floating, else fixed IPv4 address.",
  port: "Port of ssh.",
  identityFile: "Private key file, relative to this directory. Default: what ssh itself would use.",
  knownHostsFile: "known_hosts file with the guest's key. Default: trusted at first sight in each run.",
  mountPoints: "Mount points whose df must be the same after the move.",
  files: "Files whose SHA-256 must be the same after the move; they are read whole.",
  probe: "How downtime is measured; tcp probes the port of ssh.",
  waitSeconds: "How long a guest that does not answer yet is waited for, in seconds.",
};

/**
 * What stands below the project's name in `config:`. Nothing of a server is required here, since `defaults` may give
 * it; whether all is there in the end is checked by `parseStackConfig`.
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
 * Completes the guest's descriptions, lifts what only the merged values must fulfil, and adds what contradicts itself in
 * any case (components/volumes/volume-sources.ts refuses it).
 */
function prepare(schema: JsonSchema, name = ""): void {
  delete schema.required;
  const { sizeGiB, volumeId } = schema.properties ?? {};
  if (sizeGiB && volumeId) schema.not = { required: ["sizeGiB", "volumeId"] };
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    if (name === "guest" && key in GUEST_TEXTS) inner.description = GUEST_TEXTS[key as keyof GuestCheck];
    prepare(inner, key);
  }
  if (typeof schema.additionalProperties === "object") prepare(schema.additionalProperties, "*");
  if (schema.items) prepare(schema.items, "[]");
  for (const inner of schema.anyOf ?? []) prepare(inner, name);
}
