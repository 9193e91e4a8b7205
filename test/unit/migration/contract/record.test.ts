import { describe, expect, it } from "vitest";
import { readRecord } from "../../../../migration/contract/record.ts";
import { recordOf } from "../../../support/engine/record.ts";

const RECORD = recordOf();

describe("readRecord", () => {
  it("reads a record", () => {
    expect(readRecord(JSON.stringify(RECORD))).toEqual({ ok: true, record: RECORD });
    expect(readRecord(`${JSON.stringify(RECORD)}\n`)).toEqual({ ok: true, record: RECORD });
  });

  it("accepts fields that a later program added", () => {
    expect(readRecord(JSON.stringify({ ...RECORD, kind: "live" }))).toMatchObject({ ok: true });
  });

  it.each([
    ["nothing", "", /not JSON/],
    ["text", "moved", /not JSON/],
    ["null", "null", /schemaVersion is null/],
    ["a number", "7", /schemaVersion is null/],
    ["a list", "[]", /schemaVersion is null/],
    ["a later version", JSON.stringify({ ...RECORD, schemaVersion: 2 }), /schemaVersion is 2, not 1/],
    ["a record without an outcome", JSON.stringify({ ...RECORD, outcome: undefined }), /outcome/],
    ["a record without a server", JSON.stringify({ ...RECORD, server: undefined }), /server/],
    ["a record without a place", JSON.stringify({ ...RECORD, current: null }), /current/],
    ["a failure document", JSON.stringify({ schemaVersion: 1, error: { kind: "cloud" } }), /outcome/],
  ])("refuses %s with the reason", (_, text, reason) => {
    expect(readRecord(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
  });
});
