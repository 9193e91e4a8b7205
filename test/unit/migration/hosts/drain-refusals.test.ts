import { describe, expect, it } from "vitest";
import { fleet, runDrain as run, states } from "../../../support/hosts/drained.ts";

describe("a drain", () => {
  it("refuses before anything is changed if a server cannot be moved", async () => {
    const model = fleet(2);
    model.add(3, "node-01", { status: "ERROR", vmState: "error" });
    const done = await run(model);
    expect([done.exitCode, model.log, done.hosts[0]?.state]).toEqual([3, [], "open"]);
    expect(done.summary).toContain("cannot be moved: vm3");
    expect(done.stays[0]?.findings[0]).toMatchObject({ code: "server-state" });
  });

  it("leaves what cannot be moved as requested: exit 5, and never called empty", async () => {
    const model = fleet(2);
    model.add(3, "node-01", { status: "ERROR", vmState: "error" });
    const done = await run(model, { notMovable: "leave" });
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 draining"]);
    expect(done.hosts[0]?.leftovers).toMatchObject([{ kind: "server", name: "vm3", asRequested: true }]);
    expect(done.summary).toContain("node-01 is NOT empty: 1 left, 1 of them as requested");
    expect(model.on("node-01")).toHaveLength(1);
  });

  it("leaves servers that are shut off as requested, or moves them cold", async () => {
    const off = { status: "SHUTOFF", vmState: "stopped", running: false };
    const left = fleet(1);
    left.add(2, "node-01", off);
    const done = await run(left, { stopped: "leave" });
    expect([done.exitCode, done.hosts[0]?.leftovers.map(({ name }) => name)]).toEqual([5, ["vm2"]]);
    const moved = fleet(1);
    moved.add(2, "node-01", off);
    expect((await run(moved)).exitCode).toBe(0);
  });

  it("is refused for a host that is down: nothing is changed, nothing is evacuated", async () => {
    const model = fleet(2);
    model.setHost("node-01", { up: false });
    const done = await run(model);
    expect([done.exitCode, model.log, done.findings.map(({ code }) => code)]).toEqual([3, [], ["source-down"]]);
    expect(done.findings[0]?.fix).toContain("this program never evacuates");
  });

  it("names hosts that are not there: bad input", async () => {
    await expect(run(fleet(), { hosts: ["node-99"] })).rejects.toThrow("no nova-compute service has this host");
  });

  it("is refused where this account may not disable the host (403): nothing is moved", async () => {
    const model = fleet();
    model.disableAnswers = [{ outcome: "declined", message: "Policy doesn't allow os_compute_api:os-services:update" }];
    await expect(run(model)).rejects.toThrow(
      /Nova did not disable node-01: Policy .* nothing was changed. Fix: use an adm/,
    );
    expect(model.on("node-01")).toHaveLength(3);
  });

  it("asks again when the answer to disabling is lost", async () => {
    const model = fleet(1);
    model.disableAnswers = [{ outcome: "unanswered", message: "502" }];
    expect((await run(model)).exitCode).toBe(0);
    expect(model.log.slice(0, 2)).toEqual(["disable node-01", "disable node-01"]);
  });

  it("has no room for all: those that fit nowhere are named, and nothing is changed", async () => {
    const model = fleet(4);
    model.memory = 1100;
    const done = await run(model);
    expect([done.exitCode, model.log]).toEqual([3, []]);
    expect(done.stays.map(({ server, findings }) => [server.name, findings[0]?.code])).toEqual([["vm4", "no-target"]]);
  });
});
