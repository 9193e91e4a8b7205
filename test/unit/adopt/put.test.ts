import { expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { put } from "../../../adopt/put.ts";

test.each([
  ["", undefined],
  ["config:\n", undefined],
  ["config:\n  servers:\n  # vm0: {}\n", undefined],
  ["config:\n  servers: { vm0: {} }\n", {}],
])("a server is put into %j, and what was there stays", (text, before) => {
  const document = parseDocument(text);
  put(document, ["config", "servers", "vm1"], { host: "h1" });
  const servers = { ...(before && { vm0: before }), vm1: { host: "h1" } };
  expect(parse(document.toString())).toEqual({ config: { servers } });
});
