import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FailureSchema } from "../../../migration/contract/failure.ts";
import { PlanSchema } from "../../../migration/contract/plan-document.ts";
import { readRecord } from "../../../migration/contract/record.ts";
import { reportPage } from "../../../migration/report/page.ts";
import { StatusSchema } from "../../../migration/contract/status.ts";

const kept = (name: string) => readFileSync(new URL(`0.1.0/${name}.json`, import.meta.url), "utf8");

describe("documents that version 0.1.0 wrote", () => {
  it.each(["record", "record-refused"])("are read: %s", (name) => {
    const text = kept(name);
    expect(readRecord(text)).toEqual({ ok: true, record: JSON.parse(text) as unknown });
  });

  it.each([
    ["plan", PlanSchema],
    ["status", StatusSchema],
    ["failure", FailureSchema],
  ] as const)("are read: %s", (name, schema) => {
    const document: unknown = JSON.parse(kept(name));
    expect(schema.parse(document)).toEqual(document);
  });

  it("become a report", () => {
    const read = readRecord(kept("record"));
    expect(read.ok && reportPage(read.record)).toContain("admin_vm01");
  });
});
