import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../../migration/contract/record.ts";
import { verifyOnly } from "../../../migration/engine/run.ts";
import { request } from "../../support/engine/samples.ts";
import { METHOD, scenarios } from "../../support/engine/staged-run.ts";

describe("verifyOnly", () => {
  it("passes where the server is, and moves nothing", async () => {
    const { nova, context } = scenarios();
    expect((await verifyOnly(request({ host: "node-28" }), context)).outcome).toBe("already-there");
    expect(nova.posts).toEqual([]);
  });

  it("fails where it is not, and names the place", async () => {
    const { context } = scenarios();
    const record = await verifyOnly(request(), context);
    expect(record).toMatchObject({ outcome: "needs-attention", current: { host: "node-28" } });
    expect(record.summary).toContain("host: node-28 instead of node-31");
  });

  it.each(["ERROR", "UNKNOWN"])("fails for a server that is %s where it should be, as `run` does", async (status) => {
    const { nova, context, go } = scenarios();
    nova.state = { ...nova.state, status };
    for (const made of [verifyOnly(request({ host: "node-28" }), context), go({ host: "node-28" })]) {
      const record = await made;
      expect(EXIT_CODES[record.outcome]).toBe(5);
      expect(record.findings.map(({ code }) => code)).toEqual(["there-but-not-well"]);
      expect(record.summary).toContain(`server-status: ${status} instead of ACTIVE`);
    }
    expect(nova.posts).toEqual([]);
  });

  it.each([
    ["SHUTOFF", "stopped"],
    ["SUSPENDED", "suspended"],
    ["RESCUE", "rescued"],
    ["VERIFY_RESIZE", "resized"],
    ["SHELVED", "shelved"],
  ])("passes for a server that is %s where it should be, and says so", async (status, vmState) => {
    const { nova, context, go } = scenarios();
    nova.state = { ...nova.state, status, vmState };
    for (const made of [verifyOnly(request({ host: "node-28" }), context), go({ host: "node-28" })]) {
      const record = await made;
      expect(record.outcome).toBe("already-there");
      expect(EXIT_CODES[record.outcome]).toBe(0);
      expect(record.findings.map(({ code }) => code)).toEqual(["there-but-not-running"]);
      expect(record.summary).toContain(`is ${status} on node-28: nothing to move`);
    }
    expect(nova.posts).toEqual([]);
  });

  it("has nothing to say of a server that is moving: exit 6", async () => {
    const { nova, context } = scenarios();
    await nova.start("", "node-31", METHOD);
    expect(await verifyOnly(request(), context)).toMatchObject({ outcome: "still-running", checks: [] });
  });

  it("refuses a host that there is not", async () => {
    const { context } = scenarios();
    expect(await verifyOnly(request({ host: "mars" }), context)).toMatchObject({
      outcome: "refused",
      findings: [{ code: "host-unknown" }],
    });
  });

  it("knows of volumes that should be there", async () => {
    const { context } = scenarios();
    const record = await verifyOnly(request({ host: "node-28", volumeIds: ["missing"] }), context);
    expect(record.outcome).toBe("needs-attention");
    expect(
      record.checks.filter(({ outcome }) => outcome === "failed").map(({ check, subject }) => [check, subject]),
    ).toEqual([
      ["volumes-attached", undefined],
      ["volume-in-use", "missing"],
      ["volume-attached-once", "missing"],
    ]);
  });
});
