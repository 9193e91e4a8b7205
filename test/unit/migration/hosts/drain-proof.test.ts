import { describe, expect, it } from "vitest";
import { fleet, outcomes, runDrain as run, states } from "../../../support/hosts/drained.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

describe("a host is never called empty", () => {
  it("if Placement cannot be read: not checked, exit 6", async () => {
    const model = fleet(1);
    model.placement = { readable: false, reason: "placement answers 403: no right" };
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([6, "node-01 unproven"]);
    expect(outcomes(done)["no-allocations"]).toBe("not-checked");
    expect(done.summary).toContain("node-01 is NOT proven empty: no-allocations (placement answers 403: no right)");
  });

  it("if a server of it cannot be read, as one whose cell is down: nothing is moved", async () => {
    const model = fleet(1);
    model.serverGap = "an entry cannot be read: servers[3]: its cell does not answer";
    const done = await run(model);
    expect([done.exitCode, model.log, done.findings.map(({ code }) => code)]).toEqual([3, [], ["servers-unread"]]);
  });

  it("if its service cannot be read at the end: its cell's servers may be hidden", async () => {
    const model = fleet(1);
    model.before = (call) => {
      if (call === `end ${uuid(1)}`) {
        // As Nova's partial answer is read.
        model.setHost("node-01", {
          unread: "its cell does not answer",
          up: false,
          enabled: true,
          disabledReason: null,
        });
      }
    };
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([6, "node-01 unproven"]);
    expect(outcomes(done)["no-servers"]).toBe("not-checked");
  });

  it.each([
    ["a consumer that nobody knows", "no-such", "which is no server or migration that Nova shows"],
    ["a server that is elsewhere", uuid(8), "Nova says that it is on node-02"],
    ["a server that is soft-deleted", uuid(7), "Nova keeps it on node-01 until it is reclaimed"],
  ])("while Placement holds a part of it for %s", async (_, consumer, problem) => {
    const model = fleet(1);
    model.add(8, "node-02");
    model.add(7, "node-02", { status: "SOFT_DELETED" });
    model.extra = [{ host: "node-01", consumer }];
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 draining"]);
    expect(done.hosts[0]?.leftovers).toMatchObject([{ kind: "allocation", id: consumer }]);
    expect(done.hosts[0]?.leftovers[0]?.problem).toContain(problem);
  });

  it("too early: allocations that follow a move within a minute are waited for", async () => {
    const model = fleet(1);
    model.extra = [{ host: "node-01", consumer: "migration-1" }];
    model.clock.after(30_000, () => {
      model.extra = [];
    });
    expect((await run(model)).exitCode).toBe(0);
  });

  it("while a resize waits to be confirmed, for which it does not wait: only its owner ends it", async () => {
    const model = fleet(1);
    model.add(8, "node-02", { status: "VERIFY_RESIZE" });
    model.migrated(uuid(8), "node-01", "node-02", { type: "resize", status: "finished" });
    const done = await run(model);
    expect([done.exitCode, done.timings.totalSeconds, ...states(done)]).toEqual([5, 10, "node-01 draining"]);
    expect(done.hosts[0]?.leftovers[0]?.problem).toContain("waits to be confirmed");
  });

  it("for a record that no one will ever end: it is history", async () => {
    const model = fleet(1);
    const old = { createdAt: "2025-01-01T00:00:00Z", updatedAt: "2025-01-01T00:00:00Z" };
    model.migrated("deleted-server", "node-01", "node-02", { status: "running", ...old });
    expect((await run(model)).exitCode).toBe(0);
  });
});
