import { describe, expect, it } from "vitest";
import { run } from "../../../../migration/engine/run.ts";
import { describePlan } from "../../../../migration/contract/plan-document.ts";
import { plan, planDocument } from "../../../../migration/plan/plan.ts";
import { awayFromHome } from "../../../../migration/engine/away.ts";
import type { HostFacts, Snapshot } from "../../../../migration/cloud/snapshot.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { NovaModel } from "../../../support/engine/nova-model.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { contextOf } from "../../../support/engine/run-context.ts";
import { hostsWith, request, SERVER, server, snapshot } from "../../../support/engine/samples.ts";

const CLOSED: [string, Partial<HostFacts>, RegExp][] = [
  ["disabled", { enabled: false, disabledReason: "kernel upgrade" }, /node-31 is disabled \(kernel upgrade\)/],
  ["down", { up: false }, /nova-compute on node-31 does not report/],
  ["forced down", { forcedDown: true }, /node-31 as forced down/],
];
const previous = recordOf({ server: { id: SERVER, name: "admin_vm01" } });
const away = (over: Partial<Snapshot>, last = previous) => {
  const facts = snapshot(over);
  return awayFromHome(request(), facts, plan(request(), facts), last);
};

describe("a server on node-28 whose own host is node-31", () => {
  it.each(CLOSED)("is away while node-31 is %s", (_, over, why) => {
    const decided = away({ hosts: hostsWith("node-31", over) });
    expect(decided).toMatchObject({ action: "nothing", destination: { name: "node-28" }, home: { name: "node-31" } });
    expect(decided?.findings).toMatchObject([
      { code: "away", severity: "warning", problem: expect.stringMatching(why) as string },
    ]);
  });

  it("is away while node-31 is in maintenance, although somebody opened it", () => {
    const facts = snapshot({});
    const wanted = request({ avoid: ["node-31"] });
    const decided = awayFromHome(wanted, facts, plan(wanted, facts), previous);
    expect(decided).toMatchObject({ action: "nothing", destination: { name: "node-28" } });
    expect(decided?.findings[0]?.fix).toContain("It comes home when the maintenance of node-31 ends");
    const edited = awayFromHome(wanted, facts, plan(wanted, facts), null);
    expect([edited, plan(wanted, facts).findings.map(({ code }) => code)]).toEqual([
      null,
      ["destination-in-maintenance"],
    ]);
  });

  it("is not away while node-31 is open", () => {
    expect(away({})).toBeNull();
  });

  it("is not away if the last run asked for another host, or another server: that is an edit, and is refused", () => {
    const hosts = hostsWith("node-31", { up: false });
    expect(away({ hosts }, recordOf({ ...previous, destination: recordOf().source }))).toBeNull();
    expect(away({ hosts }, recordOf({ ...previous, server: { id: "x", name: "x" } }))).toBeNull();
    const facts = snapshot({ hosts });
    expect(awayFromHome(request(), facts, plan(request(), facts), null)).toBeNull();
    expect(describePlan(planDocument(plan(request(), facts), facts))).toContain("would not be moved");
  });

  it("is no such case when the server is in ERROR", () => {
    expect(away({ hosts: hostsWith("node-31", { up: false }), server: server({ status: "ERROR" }) })).toBeNull();
  });
});

describe("a run while the server's own host is closed", () => {
  it("verifies the server where it is, moves nothing, and exits 0 as away", async () => {
    const clock = new FakeClock();
    const nova = new NovaModel(clock, {});
    const hosts = hostsWith("node-31", { enabled: false, disabledReason: "kernel upgrade" });
    nova.adjust = (seen) => ({ ...seen, hosts });
    const record = await run(request(), contextOf(nova, clock, { previous }));
    expect(record).toMatchObject({
      outcome: "away",
      migration: null,
      destination: { host: "node-31" },
      current: { host: "node-28" },
    });
    expect(record.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(record.summary).toMatch(
      /is away on node-28: node-31 is disabled \(kernel upgrade\).*returns when node-31 is open/,
    );
    // The next run knows by this record that nobody asked for another host.
    expect((await run(request(), contextOf(nova, clock, { previous: record }))).outcome).toBe("away");
  });
});
