import { readdirSync, readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configJsonSchema, stackFileJsonSchema } from "../../../config/json-schema.ts";
import { referenceTable, withReference } from "../../../config/reference.ts";
import { checkStackFile } from "../../../config/stack-file.ts";

const PROJECT = "openstack-live-migration";
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const root = new URL("../../../", import.meta.url).pathname;

async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(root + path)), filepath: path });
}

test("the reference in the docs is the schema's (else: npm run config:reference)", async () => {
  const document = read("docs/configuration.md");
  const made = withReference(document, referenceTable(configJsonSchema()));
  expect(await formatted("docs/configuration.md", made)).toBe(document);
});

test("the editors' schema is the schema's (else: npm run config:reference)", async () => {
  const made = await formatted("config/stack.schema.json", JSON.stringify(stackFileJsonSchema(PROJECT)));
  expect(made).toBe(read("config/stack.schema.json"));
});

test("every setting has a description", () => {
  const rows = referenceTable(configJsonSchema()).split("\n").slice(2);
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => row.endsWith("|  |"))).toEqual([]);
});

test("every stack file of the repository is right, and Pulumi.yaml declares exactly the top-level settings", () => {
  const files = readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
  expect(files).toEqual(expect.arrayContaining(["Pulumi.dev.yaml", "Pulumi.example.yaml"]));
  for (const file of files) expect(checkStackFile(PROJECT, file, parse(read(file)))).toBeUndefined();
  const project = parse(read("Pulumi.yaml")) as { config: Record<string, unknown> };
  expect(Object.keys(project.config)).toEqual(Object.keys(configJsonSchema().properties ?? {}));
});

test("a wrong stack file is named with all its problems", () => {
  const config = { [`${PROJECT}:cluod`]: "lab", [`${PROJECT}:servers`]: { vm: 1 }, "other:cloud": 7 };
  expect(checkStackFile(PROJECT, "Pulumi.x.yaml", { config })).toMatch(
    /^2 problems in Pulumi\.x\.yaml:[^]*cluod[^]*servers\.vm/,
  );
});
