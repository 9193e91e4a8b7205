import { describe, expect, it } from "vitest";
import { fleet, runDrain as run, states } from "../../../support/hosts/drained.ts";
import { cloudLost } from "../../../support/hosts/fleet-model.ts";

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

  it("leaves the reason of somebody who closes the host while the drain is planned", async () => {
    const model = fleet(2);
    model.before = (call) => {
      if (call === "room") model.setHost("node-01", { enabled: false, disabledReason: "smoke, Kim" });
    };
    const done = await run(model);
    expect([done.exitCode, model.log.includes("disable node-01")]).toEqual([0, false]);
    expect(done.hosts[0]).toMatchObject({ disabledBy: "others", disabledReason: "smoke, Kim" });
  });

  it("changes nothing if it is interrupted while it plans: exit 6", async () => {
    const model = fleet(2);
    const stop = new AbortController();
    model.before = (call) => {
      if (call === "room") stop.abort();
    };
    const done = await run(model, {}, { stop: stop.signal });
    expect([done.exitCode, model.log, done.stopped]).toEqual([6, [], "it was interrupted before anything was changed"]);
    expect(done.summary).not.toContain("empty");
  });

  it("names the hosts that it has closed if the cloud goes away before the next one", async () => {
    const model = fleet(2);
    model.before = (call) => {
      if (call === "migrations node-02") cloudLost();
    };
    await expect(run(model, { hosts: ["node-01", "node-02"] })).rejects.toThrow(
      "503 Service Unavailable; nothing was moved; node-01 stays disabled: `live-migrate restore node-01` opens it",
    );
  });

  it("names the hosts that it has closed if another one is gone by then", async () => {
    const model = fleet(2);
    model.before = (call) => {
      if (call === "disable node-01") model.hosts = model.hosts.filter(({ host }) => host !== "node-02");
    };
    const told: string[] = [];
    const progress = (event: object) => {
      if ("text" in event) told.push(String(event.text));
    };
    await expect(run(model, { hosts: ["node-01", "node-02"] }, { progress })).rejects.toThrow();
    expect(told.at(-1)).toContain("node-01");
  });

  it("does not say that nothing was changed if Nova answers neither request to disable the host", async () => {
    const model = fleet(1);
    model.disableAnswers = [
      { outcome: "unanswered", message: "502" },
      { outcome: "unanswered", message: "502" },
    ];
    await expect(run(model)).rejects.toThrow(/which may have happened: 502. Fix: check whether nova-api answers/);
  });

  it("says which hosts stay closed if this program itself fails", async () => {
    const model = fleet(1);
    const told: string[] = [];
    const move = () => Promise.reject(new Error("a fault of this program"));
    const progress = (event: object) => {
      if ("text" in event) told.push(String(event.text));
    };
    await expect(run(model, {}, { move, progress })).rejects.toThrow("a fault of this program");
    expect(told.at(-1)).toBe("node-01 stays disabled: `live-migrate restore node-01` opens it");
  });
});
