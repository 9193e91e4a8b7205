/** What other languages see: the schema that Pulumi makes of plugin/index.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider.js";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { AvailabilityZone, LiveMigration, VolumeBackedServer } from "../../../components/index.ts";
import { RecordSchema } from "../../../migration/contract/record.ts";
import { SETTINGS } from "../../../migration/contract/settings.ts";
import { choicesOf } from "../../../migration/contract/setting.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
const NAME = "openstack-live-migration";

interface Property {
  type?: string;
  $ref?: string;
  items?: Property;
  description?: string;
  plain?: boolean;
}
interface Type {
  properties: Record<string, Property>;
  required?: string[];
  enum?: { name: string; value: string }[];
}
interface Resource extends Type {
  inputProperties: Record<string, Property>;
  requiredInputs?: string[];
}
interface Schema {
  version: string;
  resources: Record<string, Resource>;
  types: Record<string, Type>;
}

let schema: Schema;
let json: string;
beforeAll(async () => {
  const components = [AvailabilityZone, LiveMigration, VolumeBackedServer];
  json = await new ComponentProvider({ name: NAME, dirname: join(REPOSITORY, "plugin"), components }).getSchema();
  schema = JSON.parse(json) as Schema;
});

const component = (name: string): Resource => {
  const found = schema.resources[`${NAME}:index:${name}`];
  if (!found) throw new Error(`no ${name} in the schema`);
  return found;
};
const names = (properties: object): string[] => Object.keys(properties).sort();

/** The arguments that a file of the library declares, as its text has them. */
function declared(file: string, interfaceName: string): string[] {
  const text = readFileSync(join(REPOSITORY, "components", file), "utf8");
  const body = new RegExp(`^export interface ${interfaceName} \\{\\n([^]*?)^\\}`, "m").exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name ?? "").sort();
}

describe("the schema of the plugin", () => {
  it("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { version: string };
    expect(schema.version).toBe(version);
  });

  it.each([
    ["AvailabilityZone", "availability-zone-args.ts", ["aggregateId", "hosts", "zone"]],
    ["LiveMigration", "live-migration-args.ts", ["availabilityZone", "checks", "downtime", "host", "record"]],
    ["VolumeBackedServer", "volume-backed-server-args.ts", ["serverId", "serverName", "volumeIds", "volumes"]],
  ])("has every argument and output of %s, each described", (name, file, outputs) => {
    const { inputProperties, properties } = component(name);
    expect(names(inputProperties)).toEqual(declared(file, `${name}Args`));
    expect(names(properties)).toEqual(outputs);
    for (const [key, { description = "" }] of Object.entries(inputProperties))
      expect([key, description]).not.toContain("");
  });

  it("has nothing that the reader of the TypeScript could not put into words", () => {
    expect(json).not.toContain("[object");
    expect(json).not.toContain("pulumi.json#/Any");
  });

  it("lets other languages choose among the values of each policy", () => {
    const { inputProperties } = component("LiveMigration");
    for (const policy of ["azPin", "kind", "stopped", "onTimeout", "onDrift"] as const) {
      const type = schema.types[inputProperties[policy]?.$ref?.replace("#/types/", "") ?? ""];
      expect([policy, type?.enum?.map(({ value }) => value)]).toEqual([policy, choicesOf(SETTINGS[policy])]);
    }
  });

  it("has every field of the record, required where it is never null", () => {
    agree(
      "record",
      z.toJSONSchema(RecordSchema, { io: "output" }) as Json,
      component("LiveMigration").properties["record"],
    );
  });
});

/** The part of JSON Schema that the record needs. */
interface Json {
  type?: string | string[];
  properties?: Record<string, Json>;
  required?: string[];
  items?: Json;
  anyOf?: Json[];
  oneOf?: Json[];
  const?: unknown;
}

/** Its types; zod says of a simple one that it may be null in a list of types, of others in a choice. */
const typesOf = ({ type, const: only, anyOf, oneOf }: Json): string[] =>
  (anyOf ?? oneOf)?.flatMap(typesOf) ?? [type ?? typeof only].flat();

/** Holds what other languages see of a value to its JSON. */
function agree(path: string, value: Json, shown: Property | undefined): void {
  const choices = (value.anyOf ?? value.oneOf ?? [value]).filter((one) => typesOf(one).join() !== "null");
  const [first = {}] = choices;
  const [type] = typesOf(first).filter((one) => one !== "null");
  if (type === "object") {
    const seen = schema.types[shown?.$ref?.replace("#/types/", "") ?? ""];
    const keys = [...new Set(choices.flatMap(({ properties = {} }) => Object.keys(properties)))].sort();
    expect([path, names(seen?.properties ?? {})]).toEqual([path, keys]);
    const always = keys.filter((key) =>
      choices.every(({ properties = {}, required = [] }) => {
        return required.includes(key) && !typesOf(properties[key] ?? {}).includes("null");
      }),
    );
    expect([path, [...(seen?.required ?? [])].sort()]).toEqual([path, always]);
    for (const key of keys) {
      const one = choices.map(({ properties = {} }) => properties[key]).find((found) => found !== undefined);
      agree(`${path}.${key}`, one ?? {}, seen?.properties[key]);
    }
    return;
  }
  if (type === "array") {
    agree(`${path}[]`, first.items ?? {}, shown?.items);
    return;
  }
  expect([path, shown?.type]).toEqual([path, type === "integer" ? "number" : type]);
}
