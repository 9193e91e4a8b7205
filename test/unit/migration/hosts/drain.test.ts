import { describe, expect, it } from "vitest";
import { DrainSchema } from "../../../../migration/contract/drain.ts";
import { drain } from "../../../../migration/hosts/drain.ts";
import type { DrainOptions } from "../../../../migration/hosts/drain-options.ts";
import type { HostsContext } from "../../../../migration/hosts/hosts-context.ts";
import { readMarker } from "../../../../migration/hosts/marker.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { cloudLost, FleetModel, Killed } from "../../../support/hosts/fleet-model.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";

const OURS = {
  enabled: false,
  disabledReason: "openstack-live-migration: maintenance since 2026-01-01T00:00:00Z, after migration 0: x",
};
const fleet = (servers = 3) => {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= servers; n += 1) model.add(n, "node-01");
  return model;
};
const run = async (model: FleetModel, options: Partial<DrainOptions> = {}, context: Partial<HostsContext> = {}) => {
  const { told, ...rest } = model.context(context);
  const document = await drain({ ...OPTIONS, ...options }, rest);
  expect(DrainSchema.safeParse(document).error).toBeUndefined();
  return { ...document, told };
};
const states = ({ hosts }: Awaited<ReturnType<typeof run>>) => hosts.map(({ host, state }) => `${host} ${state}`);
const outcomes = ({ hosts }: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(hosts[0]?.checks.map(({ check, outcome }) => [check, outcome]) ?? []);

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

  it("has no room for all: those that fit nowhere are named, and nothing is changed", async () => {
    const model = fleet(4);
    model.memory = 1100;
    const done = await run(model);
    expect([done.exitCode, model.log]).toEqual([3, []]);
    expect(done.stays.map(({ server, findings }) => [server.name, findings[0]?.code])).toEqual([["vm4", "no-target"]]);
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

describe("a drain that was killed", () => {
  const calls = [
    "migrations node-01",
    "disable node-01",
    "holders node-01",
    "room",
    `move ${uuid(1)}`,
    `begin ${uuid(2)}`,
    `end ${uuid(2)}`,
  ];
  it.each(calls)("at `%s` is finished by the same command, and moves nothing twice", async (call) => {
    const model = fleet(4);
    model.killAt = call;
    await expect(run(model)).rejects.toThrow(Killed);
    model.killAt = undefined;
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 empty"]);
    const moved = [...Map.groupBy(model.migrationList, ({ serverId }) => serverId).values()];
    expect(moved.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(model.log.filter((line) => line.startsWith("disable"))).toHaveLength(1);
  });

  it("in mid-move adopts the migration, to where it goes", async () => {
    const model = fleet(2);
    model.setHost("node-01", OURS);
    model.change(uuid(2), { status: "MIGRATING", taskState: "migrating" });
    model.migrated(uuid(2), "node-01", "node-04", { status: "running" });
    const done = await run(model);
    expect([done.exitCode, model.places()]).toEqual([0, ["vm1 node-02", "vm2 node-04"]]);
    expect(model.migrationList).toHaveLength(2);
  });

  it("before a cold migration of its own was confirmed verifies and confirms it", async () => {
    const model = fleet(1);
    model.setHost("node-01", OURS);
    const id = model.add(5, "node-03", { status: "VERIFY_RESIZE", vmState: "resized", running: false });
    model.migrated(id, "node-01", "node-03", { status: "finished", type: "migration" });
    model.extra = [{ host: "node-01", consumer: "migration-1" }];
    model.before = (call) => {
      if (call === `end ${id}`) model.extra = [];
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.map(({ server }) => server.name)]).toEqual([0, ["vm5", "vm1"]]);
  });

  it("leaves a cold migration alone that is older than the maintenance: exit 5, with its fix", async () => {
    const model = fleet(0);
    const id = model.add(5, "node-03", { status: "VERIFY_RESIZE", vmState: "resized", running: false });
    model.migrated(id, "node-01", "node-03", { status: "finished", type: "migration" });
    const done = await run(model);
    expect([done.exitCode, done.moves]).toEqual([5, []]);
    expect(done.hosts[0]?.leftovers).toMatchObject([{ kind: "migration", name: "vm5", status: "finished" }]);
    expect(done.hosts[0]?.leftovers[0]?.fix).toContain(`live-migrate confirm ${id}`);
  });
});

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

  it("for a record that no one will ever end: it is history", async () => {
    const model = fleet(1);
    const old = { createdAt: "2025-01-01T00:00:00Z", updatedAt: "2025-01-01T00:00:00Z" };
    model.migrated("deleted-server", "node-01", "node-02", { status: "running", ...old });
    expect((await run(model)).exitCode).toBe(0);
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
