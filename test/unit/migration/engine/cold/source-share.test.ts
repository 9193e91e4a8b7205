import { describe, expect, it } from "vitest";
import { coldStage } from "../../../../support/engine/staged-cold.ts";

describe("the source's share, which the migration must hold until it is confirmed,", () => {
  const GONE = { known: true, value: {} } as const;
  const HIDDEN = { known: false, reason: "503" } as const;
  const held = ({ checks }: { checks: readonly { check: string; outcome: string }[] }) =>
    checks.filter(({ check }) => check === "migration-allocations").map(({ outcome }) => outcome);

  it("is verified with the rest", async () => {
    const record = await coldStage().goCold({ keepUnconfirmed: true });
    expect([record.confirmation, held(record)]).toEqual(["open", ["passed"]]);
  });

  it("and is lost, calls a human: a revert would bring the server back without it", async () => {
    const { goCold, nova } = coldStage();
    nova.adjust = (facts) => ({ ...facts, migrationAllocations: facts.migrationAllocations && GONE });
    const record = await goCold();
    expect([record.outcome, held(record)], record.summary).toEqual(["needs-attention", ["failed"]]);
    expect(record.summary).toContain("neither confirmed nor reverted: the source may have no room for it any more");
    expect(nova.cold.decisions).toEqual([]);
  });

  it("and that Placement does not tell, is not checked, and holds nothing back", async () => {
    const { goCold, nova } = coldStage();
    nova.adjust = (facts) => ({ ...facts, migrationAllocations: facts.migrationAllocations && HIDDEN });
    const open = await goCold({ keepUnconfirmed: true });
    expect([open.outcome, held(open)]).toEqual(["migrated", ["not-checked"]]);
    expect(await goCold()).toMatchObject({ outcome: "migrated", confirmation: "confirmed" });
  });
});
