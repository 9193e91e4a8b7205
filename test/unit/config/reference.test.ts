import { readdirSync, readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { DriftPolicy } from "../../../migration/contract/settings.ts";
import { configJsonSchema, stackFileJsonSchema, type JsonSchema } from "../../../config/json-schema.ts";
import { referenceTable, withTables } from "../../../config/reference.ts";
import { stackFileProblems } from "../../../config/file/stack-file.ts";

const PROJECT_NAME = "openstack-live-migration";
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const serverSchema = configJsonSchema().properties?.["servers"]?.additionalProperties as JsonSchema;
const root = new URL("../../../", import.meta.url).pathname;

async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(root + path)), filepath: path });
}

test("the reference in the docs is the schema's (else: npm run config:reference)", async () => {
  const document = read("docs/configuration.md");
  expect(await formatted("docs/configuration.md", withTables(document))).toBe(document);
});

test("the editors' schema is the schema's (else: npm run config:reference)", async () => {
  const made = await formatted("config/stack.schema.json", JSON.stringify(stackFileJsonSchema(PROJECT_NAME)));
  expect(made).toBe(read("config/stack.schema.json"));
});

test("every setting has a description", () => {
  const rows = referenceTable(configJsonSchema()).split("\n").slice(2);
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => row.endsWith("|  |"))).toEqual([]);
});

test("an existing volume has no size: the schema, its descriptions and the check agree", () => {
  const { bootVolume, dataVolumes } = serverSchema.properties ?? {};
  const entry = dataVolumes?.additionalProperties as JsonSchema;
  for (const { properties, not } of [bootVolume ?? {}, entry]) {
    expect(not).toEqual({ required: ["sizeGiB", "volumeId"] });
    expect(properties?.["sizeGiB"]?.description).toMatch(/refused beside volumeId/);
    expect(properties?.["volumeId"]?.description).toMatch(/without sizeGiB/);
  }
  expect(configJsonSchema().properties?.["defaults"]?.properties?.["bootVolume"]?.not).toBeUndefined();
  const servers = {
    vm: { bootVolume: { volumeId: "v", sizeGiB: 1 }, dataVolumes: { d: { volumeId: "w", sizeGiB: 1 } } },
  };
  const message = stackFileProblems(PROJECT_NAME, "f", stringify({ config: { [`${PROJECT_NAME}:servers`]: servers } }));
  expect(message).toMatch(/bootVolume\.sizeGiB = 1\n[^]*dataVolumes\.d\.sizeGiB = 1\n/);
});

test("each policy for drift is explained, and what drift is of a server with a zone", () => {
  const { description = "", enum: policies } = serverSchema.properties?.["migration"]?.properties?.["onDrift"] ?? {};
  expect(policies).toEqual(Object.values(DriftPolicy));
  for (const policy of Object.values(DriftPolicy))
    expect(description).toMatch(new RegExp(`\\b${policy} (moves|only says|says)`));
  expect(description).toContain("out of its zone");
});

test("every stack file of the repository is right, and Pulumi.yaml declares exactly the top-level settings", () => {
  const files = readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
  expect(files).toEqual(expect.arrayContaining(["Pulumi.dev.yaml", "Pulumi.example.yaml"]));
  for (const file of files) expect(stackFileProblems(PROJECT_NAME, file, read(file))).toBeUndefined();
  const project = parse(read("Pulumi.yaml")) as { config: Record<string, unknown> };
  expect(Object.keys(project.config)).toEqual(Object.keys(configJsonSchema().properties ?? {}));
});

test("a wrong stack file is named with all its problems", () => {
  const config = { [`${PROJECT_NAME}:cluod`]: "lab", [`${PROJECT_NAME}:servers`]: { vm: 1 }, "other:cloud": 7 };
  expect(stackFileProblems(PROJECT_NAME, "Pulumi.x.yaml", stringify({ config }))).toMatch(
    /^2 problems in Pulumi\.x\.yaml:[^]*cluod[^]*servers\.vm/,
  );
});
