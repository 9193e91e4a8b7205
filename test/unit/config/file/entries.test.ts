import { expect, test } from "vitest";
import { parseEntries } from "../../../../config/file/entries.ts";

test("takes the keys of the project only", () => {
  expect(
    parseEntries("p", {
      "p:cloud": "lab",
      "p:region": "7",
      "p:zones": '{"nova":["node-27"]}',
      "px:cloud": "other",
      "pulumi:tags": "{}",
    }),
  ).toEqual({ cloud: "lab", region: "7", zones: '{"nova":["node-27"]}' });
});
