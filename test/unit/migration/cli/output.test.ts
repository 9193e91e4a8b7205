import { describe, expect, it } from "vitest";
import { exitCodeOf, shownOf } from "../../../../migration/cli/output.ts";
import { recordOf } from "../../../support/engine/record.ts";

const ABORTED = recordOf({ outcome: "failed", summary: "aborted, and intact" });

describe("an abort that left the server intact on its source", () => {
  it("exits 0, and so its document is printed where one is asked for on success", () => {
    const code = exitCodeOf("abort", ABORTED);
    expect(code).toBe(0);
    const { stdout, stderr } = shownOf(ABORTED, { jsonOnSuccess: true }, code);
    expect(stdout.map((line) => JSON.parse(line) as unknown)).toEqual([ABORTED]);
    expect(stderr).toEqual(["aborted, and intact"]);
  });

  it("is no success of the run that it ended: exit 4, and text alone", () => {
    const code = exitCodeOf("run", ABORTED);
    expect(code).toBe(4);
    const { stdout, stderr } = shownOf(ABORTED, { jsonOnSuccess: true }, code);
    expect([stdout, stderr[0]]).toEqual([[], "aborted, and intact"]);
  });

  it("exits as its record says where it came to anything else", () => {
    expect(exitCodeOf("abort", { outcome: "migrated" })).toBe(0);
    expect(exitCodeOf("abort", { outcome: "needs-attention" })).toBe(5);
    expect(exitCodeOf("force-complete", { outcome: "failed" })).toBe(4);
  });
});
