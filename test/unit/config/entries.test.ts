import { expect, test } from "vitest";
import { parseEntries } from "../../../config/entries.ts";

test("own keys only; mappings are JSON, the rest is text", () => {
  expect(
    parseEntries("p", {
      "p:cloud": "lab",
      "p:region": "7",
      "p:zones": '{"nova":["node-27"]}',
      "px:cloud": "other",
      "pulumi:tags": "{}",
    }),
  ).toEqual({ cloud: "lab", region: "7", zones: { nova: ["node-27"] } });
});

test("a mapping that is none is kept for the schema to complain of", () => {
  expect(parseEntries("p", { "p:servers": "admin_vm01" })).toEqual({ servers: "admin_vm01" });
});
