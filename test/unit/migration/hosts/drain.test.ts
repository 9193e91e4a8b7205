import { describe, expect, it } from "vitest";
import { readMarker } from "../../../../migration/hosts/marker.ts";
import { fleet, outcomes, runDrain as run, states } from "../../../support/hosts/drained.ts";
import { cloudLost } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

describe("a drain", () => {
  it("closes the host with a marker, moves one server first, then the largest first, and proves the host empty", async () => {
    const model = fleet(0);
    model.add(1, "node-01", {}, 2048);
    model.add(2, "node-01", {}, 512);
    model.add(3, "node-01", {}, 4096);
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 empty"]);
    expect(model.log).toEqual([
      "disable node-01",
      "vm2 node-01 > node-04",
      "vm3 node-01 > node-02",
      "vm1 node-01 > node-03",
    ]);
    expect(readMarker(done.hosts[0]?.disabledReason ?? null)).toEqual({
      since: "2026-01-01T00:00:00Z",
      after: 0,
      reason: "kernel upgrade",
    });
    expect(done.summary).toBe(
      "node-01 is empty; 3 servers moved in 30.0 s; node-01 stays disabled: `live-migrate restore node-01` opens it",
    );
    expect(new Set(Object.values(outcomes(done)))).toEqual(new Set(["passed"]));
  });

  it("does nothing but prove a host empty that is empty: safe to repeat", async () => {
    const model = fleet(2);
    await run(model);
    model.log.length = 0;
    const again = await run(model);
    expect([again.exitCode, model.log]).toEqual([0, []]);
  });

  it("moves one at a time from each host, several hosts side by side, and never onto each other", async () => {
    const model = fleet(4);
    for (let n = 11; n <= 14; n += 1) model.add(n, "node-02");
    let from: string[] = [];
    let most = 0;
    const done = await run(
      model,
      { hosts: ["node-01", "node-02"], canary: 0 },
      {
        move: async (request, server) => {
          const source = model.tenants.get(request.server)?.facts.host ?? "";
          expect(from).not.toContain(source);
          from.push(source);
          most = Math.max(most, from.length);
          await new Promise((resolve) => setTimeout(resolve, 1));
          const end = await model.move(request);
          from = from.filter((one) => one !== source);
          expect(server.id).toBe(request.server);
          return end;
        },
      },
    );
    expect([done.exitCode, most, ...states(done)]).toEqual([0, 2, "node-01 empty", "node-02 empty"]);
    expect(model.on("node-03").length + model.on("node-04").length).toBe(8);
  });

  it("drains a host that others disabled, leaves their reason, and says that it will not be opened", async () => {
    const model = fleet(1);
    model.setHost("node-01", { enabled: false, disabledReason: "broken fan" });
    const done = await run(model);
    expect([done.exitCode, model.log]).toEqual([0, ["vm1 node-01 > node-02"]]);
    expect(done.hosts[0]).toMatchObject({ state: "empty", disabledBy: "others", disabledReason: "broken fan" });
    expect(done.summary).toContain("node-01: disabled by others, and stays so");
  });

  it("waits for builds, resizes and incoming migrations, and moves what they bring", async () => {
    const model = fleet(1);
    const built = model.add(2, "node-01", { status: "BUILD", taskState: "spawning", vmState: "building" });
    model.add(3, "node-02", { status: "MIGRATING", taskState: "migrating" });
    const coming = model.migrated(uuid(3), "node-02", "node-01", { status: "running" });
    model.clock.after(12_000, () => {
      model.change(built, { status: "ACTIVE", taskState: null, vmState: "active" });
    });
    model.clock.after(22_000, () => {
      model.change(uuid(3), { host: "node-01", status: "ACTIVE", taskState: null });
      model.migrationList = [{ ...coming, status: "completed" }];
    });
    const done = await run(model);
    expect([done.exitCode, done.moves.length]).toEqual([0, 3]);
    expect(done.told.join("\n")).toContain("vm2 is spawning; migration 1 to node-01 is running");
  });

  it("waits for a server that the scheduler has sent there and that Nova does not list there yet", async () => {
    const model = fleet(1);
    const id = model.add(2, "node-01", { status: "BUILD", host: null, vmState: "building" });
    model.extra = [{ host: "node-01", consumer: id }];
    model.clock.after(9_000, () => {
      model.change(id, { status: "ACTIVE", host: "node-01", vmState: "active" });
      model.extra = [];
    });
    const done = await run(model);
    expect([done.exitCode, model.on("node-01")]).toEqual([0, []]);
    expect(done.told.join("\n")).toContain("vm2 was scheduled to node-01 and is not built yet");
  });

  it("moves servers that are created meanwhile, and goes on if one is deleted", async () => {
    const model = fleet(3);
    let created = false;
    model.before = (call) => {
      if (call === `begin ${uuid(2)}` && !created) {
        created = true;
        model.add(9, "node-01");
        model.tenants.delete(uuid(3));
      }
    };
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 empty"]);
    expect(model.places().map((place) => place.split(" ")[0])).toEqual(["vm1", "vm2", "vm9"]);
    expect(done.moves.map(({ result }) => result)).toContain("deleted");
  });

  it("waits for a server that is still built when nothing else is left to move, and moves it", async () => {
    const model = fleet(2);
    let created = false;
    model.before = (call) => {
      if (call === `end ${uuid(2)}` && !created) {
        created = true;
        const id = model.add(9, "node-01", { status: "BUILD", taskState: "spawning", vmState: "building" });
        model.clock.after(20_000, () => {
          model.change(id, { status: "ACTIVE", taskState: null, vmState: "active" });
        });
      }
    };
    const done = await run(model, { notMovable: "leave" });
    expect([done.exitCode, model.on("node-01")]).toEqual([0, []]);
  });

  it("waits once only for a server whose task does not end, and reports it", async () => {
    const model = fleet(1);
    model.add(2, "node-01", { status: "BUILD", taskState: "spawning", vmState: "building" });
    const done = await run(model, { notMovable: "leave" });
    expect([done.exitCode, done.hosts[0]?.leftovers.map(({ name }) => name)]).toEqual([5, ["vm2"]]);
    expect(done.told.filter((line) => line.includes("waited 300 s"))).toHaveLength(1);
  });

  it("looks at an empty host again after some seconds: Nova may have chosen it just before it was closed", async () => {
    const model = fleet(0);
    model.clock.after(3_000, () => {
      model.add(1, "node-01");
    });
    const done = await run(model);
    expect([done.exitCode, done.moves.length, model.on("node-01")]).toEqual([0, 1, []]);
  });

  it("starts nothing more when the host's service is deleted, and tells what it has moved", async () => {
    const model = fleet(3);
    model.before = (call) => {
      if (call.startsWith("end ")) model.hosts = model.hosts.filter(({ host }) => host !== "node-01");
    };
    const done = await run(model, { canary: 0 });
    expect([done.exitCode, done.moves.length, ...states(done)]).toEqual([5, 1, "node-01 draining"]);
    expect(done.stopped).toContain("node-01 went down, or its service cannot be read any more");
  });

  it("says so when the service is deleted between two plans", async () => {
    const model = fleet(1);
    model.before = (call) => {
      if (call.startsWith("end ")) model.hosts = model.hosts.filter(({ host }) => host !== "node-01");
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.length, ...states(done)]).toEqual([6, 1, "node-01 unproven"]);
    expect(done.stopped).toContain("Nova lists no compute service of node-01 any more");
  });

  it("beside another drain of a target leaves both hosts empty: neither fills the other", async () => {
    const model = fleet(4);
    for (let n = 11; n <= 14; n += 1) model.add(n, "node-02");
    const both = await Promise.all([run(model), run(model, { hosts: ["node-02"] })]);
    expect(both.map(({ exitCode, hosts }) => [exitCode, hosts[0]?.state])).toEqual([
      [0, "empty"],
      [0, "empty"],
    ]);
    expect([model.on("node-01"), model.on("node-02"), model.tenants.size]).toEqual([[], [], 8]);
  });

  it("moves a server that its user has locked meanwhile, with a warning", async () => {
    const model = fleet(2);
    model.change(uuid(2), { locked: true });
    const done = await run(model);
    expect([done.exitCode, done.told.some((line) => line.includes("the server is locked"))]).toEqual([0, true]);
  });

  it("chooses another target when one is disabled or refuses meanwhile", async () => {
    const model = fleet(4);
    model.endings.set(uuid(2), ["refused"]);
    let moved = 0;
    model.before = (call) => {
      if (call.startsWith("end ") && (moved += 1) === 1)
        model.setHost("node-03", { enabled: false, disabledReason: "their drain" });
    };
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 empty"]);
    expect(model.on("node-03").length).toBeLessThanOrEqual(1);
  });

  it.each([
    [1, 1],
    [2, 2],
  ])("with --stop-after %i starts no more after that many failures", async (stopAfter, failures) => {
    const model = fleet(6);
    for (const n of [2, 3, 4, 5, 6]) model.endings.set(uuid(n), ["failed"]);
    const done = await run(model, { stopAfter });
    expect([done.exitCode, done.moves.filter(({ result }) => result === "failed").length]).toEqual([5, failures]);
    expect(done.stopped).toContain(`--stop-after ${stopAfter}`);
    expect(done.hosts[0]?.leftovers.find(({ name }) => name === "vm2")?.problem).toBe("vm2: failed");
  });

  it("stops after its first move if that does not succeed, whatever --stop-after says", async () => {
    const model = fleet(3);
    model.endings.set(uuid(1), ["failed"]);
    const done = await run(model, { stopAfter: 9 });
    expect([done.exitCode, done.moves.length, done.stopped]).toEqual([
      5,
      1,
      "the first move did not succeed: vm1: failed",
    ]);
  });

  it("moves another one first if the first is deleted before its move: that one has shown nothing", async () => {
    const model = fleet(3);
    model.endings.set(uuid(1), ["deleted"]);
    model.endings.set(uuid(2), ["failed"]);
    const done = await run(model, { stopAfter: 9 });
    expect([done.moves.map(({ result }) => result), done.stopped]).toEqual([
      ["deleted", "failed"],
      "the first move did not succeed: vm2: failed",
    ]);
  });

  it("goes on with another target for a first move that was refused", async () => {
    const model = fleet(2);
    model.endings.set(uuid(1), ["refused"]);
    expect((await run(model)).exitCode).toBe(0);
  });

  it("says that a human must look although the host is empty, if a check failed after a move", async () => {
    const model = fleet(2);
    model.endings.set(uuid(2), ["needs-attention"]);
    model.before = (call) => {
      if (call === `end ${uuid(2)}`) model.change(uuid(2), { host: "node-02" });
    };
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 empty"]);
  });

  it("starts nothing more when the host goes down, and tells what is known of each server", async () => {
    const model = fleet(4);
    model.before = (call) => {
      if (call.startsWith("end ")) model.setHost("node-01", { up: false });
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.length, ...states(done)]).toEqual([5, 1, "node-01 draining"]);
    expect(done.stopped).toContain("node-01 went down");
    expect(done.hosts[0]?.leftovers.map(({ name }) => name)).toEqual(["vm2", "vm3", "vm4"]);
    expect(outcomes(done)["host-reports"]).toBe("failed");
  });

  it("starts nothing more when someone enables the host, and never calls it empty", async () => {
    const model = fleet(3);
    model.before = (call) => {
      if (call.startsWith("end ")) model.setHost("node-01", { enabled: true, disabledReason: null });
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.length, ...states(done)]).toEqual([5, 1, "node-01 open"]);
    expect(done.stopped).toContain("somebody enabled node-01 meanwhile");
  });

  it("starts no more moves once interrupted; the one under way ends, and the host stays closed: exit 6", async () => {
    const model = fleet(3);
    const stop = new AbortController();
    model.before = (call) => {
      if (call.startsWith("begin ")) stop.abort();
    };
    const done = await run(model, {}, { stop: stop.signal });
    expect([done.exitCode, done.moves.map(({ result }) => result), done.stopped]).toEqual([
      6,
      ["migrated"],
      "it was interrupted",
    ]);
    expect(done.summary).toContain("node-01 stays disabled");
  });

  it("exits 7 with what was done when the cloud goes away midway", async () => {
    const model = fleet(3);
    let ended = 0;
    model.before = (call) => {
      if (call.startsWith("end ")) ended += 1;
      if (ended > 0 && call === "services") cloudLost();
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.length, ...states(done)]).toEqual([7, 1, "node-01 unproven"]);
    // It was disabled, and stays so: whoever reads this has to know.
    expect(done.hosts.map(({ disabledBy }) => disabledBy)).toEqual(["this-program"]);
    expect(done.summary).toContain("node-01 stays disabled: `live-migrate restore node-01` opens it");
  });
});

describe("300 servers", () => {
  it("are drained from one host, each once", async () => {
    const model = fleet(300);
    model.memory = 200_000;
    const done = await run(model);
    expect([done.exitCode, done.moves.length, model.on("node-01").length]).toEqual([0, 300, 0]);
    const spread = ["node-02", "node-03", "node-04"].map((host) => model.on(host).length);
    expect(spread).toEqual([100, 100, 100]);
  });
});
