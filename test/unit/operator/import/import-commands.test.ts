import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importCommands } from "../../../../operator/import/import-commands.ts";

const docs = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");

test("the docs name the commands that an import ends with, in their order", () => {
  const commands = importCommands("live", ".state/import/live-admin_vm01.json");
  const places = commands.map((command) => docs.split("\n").findIndex((line) => line.startsWith(command)));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("a stack of an organization is named with it, but not in the provider's URN", () => {
  expect(importCommands("acme/prod", "f.json")).toEqual([
    "pulumi up --stack acme/prod --target urn:pulumi:prod::openstack-live-migration::pulumi:providers:openstack::cloud",
    "pulumi import --stack acme/prod --file f.json --generate-code=false",
    "pulumi preview --stack acme/prod",
  ]);
});
