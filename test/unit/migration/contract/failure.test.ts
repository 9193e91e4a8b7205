import { describe, expect, it } from "vitest";
import {
  CloudLost,
  NotFound,
  OutcomeUnknown,
  reportError,
  ServerGone,
} from "../../../../migration/contract/failure.ts";
import { BadInput } from "../../../../migration/contract/request-input.ts";

describe("an end without a record", () => {
  const report = (error: unknown, json: boolean) => {
    const said = { out: [] as string[], err: [] as string[] };
    const { code } = reportError(
      error,
      json,
      (text) => void said.out.push(text),
      (text) => void said.err.push(text),
    );
    return { code, ...said };
  };
  const problem = { path: "--host", value: '""', problem: "must not be empty", fix: "name a host" };

  it.each<[string, number, Error]>([
    ["bad-input", 2, new BadInput([problem])],
    ["bad-input", 2, new NotFound("no server")],
    ["cloud", 7, new CloudLost("no answer")],
    ["outcome-unknown", 7, new OutcomeUnknown("cut")],
    ["server-gone", 5, new ServerGone("deleted")],
  ])("%s exits with %i", (kind, code, error) => {
    const said = report(error, true);
    expect(said.code).toBe(code);
    expect(said.err).toEqual([`live-migrate: ${error.message}`]);
    expect(JSON.parse(said.out.join())).toMatchObject({ schemaVersion: 1, error: { kind } });
    expect(report(error, false).out).toEqual([]);
  });

  it("is not made of a fault of our own", () => {
    expect(() => report(new TypeError("bug"), true)).toThrow("bug");
  });
});
