import { describe, expect, it } from "vitest";
import { run } from "../../../migration/engine/run.ts";
import { Killed, killedAt } from "../../support/engine/killable-cloud.ts";
import { FakeClock } from "../../support/engine/fake-clock.ts";
import { NovaModel } from "../../support/engine/nova-model.ts";
import type { MigrationScript } from "../../support/engine/migration-script.ts";
import { contextOf, tempJournal } from "../../support/engine/run-context.ts";
import { request } from "../../support/engine/samples.ts";

function scenarios(script: Partial<MigrationScript> = {}) {
  const clock = new FakeClock();
  const nova = new NovaModel(clock, script);
  nova.state = { ...nova.state, pin: "nova" };
  const context = contextOf(nova, clock);
  return { clock, nova, context, go: (azPin: "refuse" | "unpin" | "force") => run(request({ azPin }), context) };
}

describe("run: a pinned server", () => {
  it("is not moved by default", async () => {
    const { nova, go } = scenarios();
    expect(await go("refuse")).toMatchObject({ outcome: "refused", findings: [{ code: "pinned" }] });
    expect([nova.posts, nova.pins]).toEqual([[], []]);
  });

  it("is unpinned, moved, and pinned to its new zone", async () => {
    const { nova, go } = scenarios();
    expect(await go("unpin")).toMatchObject({ outcome: "migrated", pin: { known: true } });
    expect(nova.pins).toEqual([null, "nova2"]);
  });

  it.each(["pre-check", "rolled-back"] as const)("is pinned as before when the move fails (%s)", async (ending) => {
    const { nova, go } = scenarios({ ending });
    expect((await go("unpin")).outcome).toBe("failed");
    expect(nova.pins).toEqual([null, "nova"]);
  });

  it("is pinned as before when Nova refuses the request", async () => {
    const { nova, clock } = scenarios();
    nova.adjust = (facts) => ({ ...facts, hosts: { known: false, reason: "forbidden" } });
    const record = await run(request({ host: "mars", azPin: "unpin" }), contextOf(nova, clock));
    expect(record.outcome).toBe("refused");
    expect(nova.pins).toEqual([null, "nova"]);
  });

  it("is forced past the scheduler, and keeps its pin", async () => {
    const { nova, go } = scenarios();
    expect(await go("force")).toMatchObject({ outcome: "migrated", method: "compute 2.67, forced past the scheduler" });
    expect([nova.pins, nova.state.pin]).toEqual([[], "nova"]);
  });

  it("is not moved when it cannot be unpinned", async () => {
    const { nova, go } = scenarios();
    nova.declinePins = "Policy doesn't allow it";
    const record = await go("unpin");
    expect(record).toMatchObject({ outcome: "refused", findings: [{ code: "nova-refused" }] });
    expect(record.summary).toContain("unpinning: Policy doesn't allow it");
    expect(nova.posts).toEqual([]);
  });

  it("is moved with a warning when it cannot be pinned again, which the next run tries once more", async () => {
    const { nova, clock, go } = scenarios();
    clock.after(2_000, () => (nova.declinePins = "Policy doesn't allow it"));
    const record = await go("unpin");
    expect(record).toMatchObject({ outcome: "migrated" });
    expect(record.findings).toMatchObject([
      { code: "pin-not-set", severity: "warning", value: "unpinned, wanted nova2" },
    ]);
    nova.declinePins = null;
    await go("unpin");
    expect(nova.pins).toEqual([null, "nova2"]);
    await go("unpin");
    expect(nova.pins).toEqual([null, "nova2"]);
  });

  it("is pinned to the zone where it is, if a killed run left it unpinned and it arrived anyway", async () => {
    const { nova, clock } = scenarios();
    const journal = tempJournal();
    const { cloud } = killedAt(nova, 6, "after");
    await run(request({ azPin: "unpin" }), contextOf(cloud, clock, { journal })).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    expect(nova.pins).toEqual([null]);
    await clock.sleep(600_000);
    expect(nova.state.host).toBe("node-31");
    // Another request that is refused: nothing is moved, and the pin is restored.
    const refused = await run(request({ host: "node-99", azPin: "unpin" }), contextOf(nova, clock, { journal }));
    expect(refused.outcome).toBe("refused");
    expect(nova.pins).toEqual([null, "nova2"]);
  });

  it("is reported as left without its pin when a human must look", async () => {
    const { nova, go } = scenarios();
    nova.adjust = (facts) =>
      facts.server.host === "node-31" ? { ...facts, server: { ...facts.server, status: "ERROR" } } : facts;
    const record = await go("unpin");
    expect(record.outcome).toBe("needs-attention");
    expect(record.findings).toMatchObject([{ code: "pin-missing", value: "unpinned, was pinned to nova" }]);
  });

  it("stays as someone else has pinned it meanwhile", async () => {
    const { nova, clock, go } = scenarios();
    clock.after(2_000, () => (nova.state = { ...nova.state, pin: "nova2" }));
    expect((await go("unpin")).outcome).toBe("migrated");
    expect(nova.pins).toEqual([null]);
  });
});
