import { describe, expect, it } from "vitest";
import { type MaintenanceDocument } from "../../../../migration/contract/maintenance.ts";
import { MaintenanceRequestSchema } from "../../../../migration/contract/maintenance-request.ts";
import { fitted } from "../../../../migration/hosts/maintain/maintenance-document.ts";
import { planMaintenance } from "../../../../migration/hosts/maintain/plan-maintenance.ts";
import { reviewOf } from "../../../../migration/hosts/maintain/since-review.ts";
import { recordOf } from "../../../support/engine/record.ts";
import { FleetModel, Killed } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";
import { BOTH, fleet, MaintainedStack, on, states, UPGRADE } from "../../../support/hosts/maintained-stack.ts";

describe("a maintenance in a stack", () => {
  it("drains its host, tells where each server is, and brings all home at its end", async () => {
    const model = fleet({ "node-01": 3 });
    const stack = new MaintainedStack(model);
    const done = await stack.up(UPGRADE);
    expect([done.exitCode, states(done), on(model, "node-01")]).toEqual([0, ["node-01 empty"], []]);
    expect(done.hosts["node-01"]?.moved.map(({ server, from, result }) => `${server.name} ${from} ${result}`)).toEqual([
      "vm1 node-01 migrated",
      "vm2 node-01 migrated",
      "vm3 node-01 migrated",
    ]);
    const ended = await stack.end(UPGRADE);
    expect([ended.exitCode, states(ended), on(model, "node-01")]).toEqual([0, ["node-01 open"], ["vm1", "vm2", "vm3"]]);
  });

  it("moves nothing in a second run, and still tells of the servers that the first one moved", async () => {
    const model = fleet({ "node-01": 2 });
    const stack = new MaintainedStack(model);
    const first = await stack.up(UPGRADE);
    model.log.length = 0;
    const again = await stack.up(UPGRADE);
    expect([again.exitCode, model.log]).toEqual([0, []]);
    expect(again.hosts["node-01"]?.moved).toEqual(first.hosts["node-01"]?.moved);
  });

  it("drains several hosts together, and never onto each other", async () => {
    const model = fleet({ "node-01": 3, "node-02": 3 });
    const done = await new MaintainedStack(model).up(BOTH);
    expect([done.exitCode, states(done).sort()]).toEqual([0, ["node-01 empty", "node-02 empty"]]);
    expect(model.log.filter((line) => / > node-0[12]/.test(line))).toEqual([]);
    expect(model.hosts.map(({ disabledReason }) => disabledReason?.split(": ").at(-1))).toEqual([
      "kernel upgrade",
      "new disk",
      undefined,
      undefined,
    ]);
  });

  it("does not drain hosts onto each other whose servers leave in different ways, and refuses all if one is refused", async () => {
    const model = fleet({ "node-01": 2, "node-02": 2 });
    const request = { ...BOTH, "node-02": { reason: "new disk", to: ["node-03"] } };
    const done = await new MaintainedStack(model).up(request);
    expect([done.exitCode, on(model, "node-01"), on(model, "node-02")]).toEqual([0, [], []]);

    const other = fleet({ "node-01": 2, "node-02": 2 });
    other.change(uuid(4), { status: "ERROR" });
    const refused = await new MaintainedStack(other).up(request);
    expect([refused.exitCode, other.log]).toEqual([3, []]);
    expect(refused.summary).toContain("refused before anything was changed");
    expect(refused.stays.map(({ server }) => server.name)).toEqual(["vm4"]);
  });

  it("drains only the host that is added, and nothing onto the other", async () => {
    const model = fleet({ "node-01": 2, "node-02": 2 });
    const stack = new MaintainedStack(model);
    await stack.up(UPGRADE);
    model.log.length = 0;
    const done = await stack.up(BOTH);
    expect([done.exitCode, states(done).sort()]).toEqual([0, ["node-01 empty", "node-02 empty"]]);
    expect(model.log[0]).toBe("disable node-02");
    expect(model.log.filter((line) => line.includes("> node-01"))).toEqual([]);
    expect(done.hosts["node-01"]?.moved).toHaveLength(2);
  });

  it("ends the maintenance of the host that is removed, and of that one only", async () => {
    const model = fleet({ "node-01": 2, "node-02": 2 });
    const stack = new MaintainedStack(model);
    await stack.up(BOTH);
    stack.report();
    const done = await stack.up(UPGRADE);
    expect([done.exitCode, states(done)]).toEqual([0, ["node-01 empty"]]);
    expect([on(model, "node-01"), on(model, "node-02")]).toEqual([[], ["vm3", "vm4"]]);
    expect(model.hosts.map(({ enabled }) => enabled)).toEqual([false, true, true, true]);
  });

  it("brings nobody home with return: false", async () => {
    const model = fleet({ "node-01": 2 });
    const stack = new MaintainedStack(model);
    const request = { "node-01": { reason: "end of life", return: false } };
    await stack.up(request);
    const ended = await stack.end(request);
    expect([ended.exitCode, states(ended), on(model, "node-01")]).toEqual([0, ["node-01 open"], []]);
  });

  it("leaves a host disabled at its end that others disabled, and does not fail", async () => {
    const model = fleet({ "node-01": 2 });
    const stack = new MaintainedStack(model);
    model.setHost("node-01", { enabled: false, disabledReason: "broken fan" });
    expect((await stack.up(UPGRADE)).exitCode).toBe(0);
    const ended = await stack.end(UPGRADE);
    expect([ended.exitCode, states(ended)]).toEqual([0, ["node-01 closed"]]);
    expect(ended.findings.map(({ code }) => code)).toEqual(["disabled-by-others"]);
    expect(ended.summary).toContain("node-01 stays disabled: others disabled it (broken fan)");
  });

  it("ends for a host that is no more", async () => {
    const model = fleet({ "node-01": 1 });
    const stack = new MaintainedStack(model);
    await stack.up(UPGRADE);
    model.hosts = model.hosts.filter(({ host }) => host !== "node-01");
    const ended = await stack.end(UPGRADE);
    expect([ended.exitCode, states(ended), ended.findings[0]?.code]).toEqual([0, ["node-01 gone"], "host-gone"]);
  });

  it("fails its end if the host is not ready, or a server cannot come home, and goes on with the same command", async () => {
    const model = fleet({ "node-01": 2 });
    const stack = new MaintainedStack(model);
    await stack.up(UPGRADE);
    model.setHost("node-01", { up: false });
    const unready = await stack.end(UPGRADE);
    expect([unready.exitCode, states(unready)]).toEqual([6, ["node-01 closed"]]);
    model.setHost("node-01", { up: true });
    model.endings.set(uuid(1), ["failed"]);
    const left = await stack.end(UPGRADE);
    expect([left.exitCode, states(left)]).toEqual([4, ["node-01 returning"]]);
    expect(left.hosts["node-01"]?.away.map(({ server }) => server.name)).toContain("vm1");
    const ended = await stack.end(UPGRADE);
    expect([ended.exitCode, on(model, "node-01")]).toEqual([0, ["vm1", "vm2"]]);
  });

  it("succeeds with servers that are off and left as requested, and fails with others that are left", async () => {
    const model = fleet({ "node-01": 2 });
    model.change(uuid(1), { status: "SHUTOFF" });
    const off = await new MaintainedStack(model).up({ "node-01": { reason: "x", stopped: "leave" } });
    expect([off.exitCode, states(off)]).toEqual([0, ["node-01 draining"]]);
    expect(off.hosts["node-01"]?.stopped.map(({ name }) => name)).toEqual(["vm1"]);

    const broken = fleet({ "node-01": 2 });
    broken.change(uuid(1), { status: "ERROR" });
    const left = await new MaintainedStack(broken).up({ "node-01": { reason: "x", notMovable: "leave" } });
    expect([left.exitCode, states(left)]).toEqual([5, ["node-01 draining"]]);
  });

  it("looks into the guests on the way there and home, and fills no target above what is asked for", async () => {
    const model = fleet({ "node-01": 2 });
    const asked: unknown[] = [];
    const move = model.move.bind(model);
    model.move = (request) => {
      asked.push([request.host, request.guest?.user, request.guest?.probe]);
      return move(request);
    };
    const stack = new MaintainedStack(model);
    const request = MaintenanceRequestSchema.parse({
      "node-01": { reason: "x", to: ["node-02"], guest: { user: "root", probe: "tcp" }, fillTo: 10, perTarget: 1 },
    });
    model.memory = 10_000;
    const refused = await stack.up(request);
    expect([refused.exitCode, refused.stays[0]?.findings[0]?.value]).toEqual([
      3,
      "no room: node-02: MEMORY_MB 1024 of 1000 free below 10 %",
    ]);
    model.memory = 20_480;
    expect((await stack.up(request)).exitCode).toBe(0);
    expect((await stack.end(request)).exitCode).toBe(0);
    expect(asked).toEqual([
      ["node-02", "root", "tcp"],
      ["node-02", "root", "tcp"],
      ["node-01", "root", "tcp"],
      ["node-01", "root", "tcp"],
    ]);
  });

  it.each(["stop", "leave"] as const)("brings home by `notMovable: %s` who cannot move live", async (notMovable) => {
    const model = fleet({ "node-01": 1 });
    const stack = new MaintainedStack(model);
    const request = { "node-01": { reason: "x", notMovable } };
    expect((await stack.up(request)).exitCode).toBe(0);
    const move = model.move.bind(model);
    model.move = (one) =>
      one.cold === true
        ? move(one)
        : Promise.resolve({ result: "refused", exitCode: 3, message: "not live", record: null });
    const ended = await stack.end(request);
    expect([ended.exitCode, on(model, "node-01")]).toEqual(notMovable === "stop" ? [0, ["vm1"]] : [4, []]);
  });

  it("moves only to open hosts of the zone that is named", async () => {
    const model = fleet({ "node-01": 3 });
    model.setHost("node-03", { availabilityZone: "nova2" });
    model.setHost("node-04", { availabilityZone: "nova2", enabled: false, disabledReason: "x" });
    const done = await new MaintainedStack(model).up({ "node-01": { reason: "x", zone: "nova2" } });
    expect([done.exitCode, on(model, "node-03")]).toEqual([0, ["vm1", "vm2", "vm3"]]);
  });
});

describe("a maintenance that was reviewed", () => {
  const reviewed = async (model: FleetModel) =>
    reviewOf([JSON.stringify({ urn: "x", ...(await planMaintenance(UPGRADE, model.context())) }), "{}", "no JSON"]);

  it("drains what was reviewed, and says so", async () => {
    const model = fleet({ "node-01": 2 });
    const done = await new MaintainedStack(model).up(UPGRADE, await reviewed(model));
    expect(done.hosts["node-01"]?.sinceReview).toEqual({
      reviewed: 2,
      reason: null,
      appeared: [],
      disappeared: [],
    });
    expect([done.exitCode, done.findings]).toEqual([0, []]);
  });

  it("refuses, before anything is changed, servers that appeared since, and names those that disappeared", async () => {
    const model = fleet({ "node-01": 2 });
    const review = await reviewed(model);
    model.add(9, "node-01");
    model.change(uuid(1), { host: "node-03" });
    const refused = await new MaintainedStack(model).up(UPGRADE, review);
    expect([refused.exitCode, model.log]).toEqual([3, []]);
    expect(refused.findings.map(({ code, value }) => `${code} ${value}`)).toEqual([
      `appeared-since-review vm9 (${uuid(9)})`,
      `disappeared-since-review vm1 (${uuid(1)})`,
    ]);
    const included = await new MaintainedStack(model).up({ "node-01": { reason: "x", unreviewed: "move" } }, review);
    expect([included.exitCode, on(model, "node-01")]).toEqual([0, []]);
    expect(included.hosts["node-01"]?.sinceReview?.appeared.map(({ name }) => name)).toEqual(["vm9"]);
  });

  it("refuses a host that no reviewed plan has", async () => {
    const model = fleet({ "node-01": 1, "node-02": 1 });
    const refused = await new MaintainedStack(model).up(BOTH, await reviewed(model));
    expect([refused.exitCode, refused.findings.map(({ code }) => code), model.log]).toEqual([
      3,
      ["host-not-reviewed"],
      [],
    ]);
    expect(refused.findings[0]?.fix).toContain("in a new pull request: its preview has what was merged before");
  });

  it("does not miss what an earlier run of the maintenance has moved", async () => {
    const model = fleet({ "node-01": 3 });
    const review = await reviewed(model);
    const stack = new MaintainedStack(model);
    model.killAt = `begin ${uuid(3)}`;
    await expect(stack.up(UPGRADE, review)).rejects.toThrow(Killed);
    model.killAt = undefined;
    const done = await stack.up(UPGRADE, review);
    expect([done.exitCode, done.hosts["node-01"]?.sinceReview?.disappeared]).toEqual([0, []]);
  });
});

describe("the plan of a maintenance", () => {
  it("names every server of its hosts with its target, and the room of the targets for all together", async () => {
    const model = fleet({ "node-01": 3, "node-02": 1 });
    const plan = await planMaintenance({ ...BOTH, "node-02": { reason: "y", to: ["node-03"] } }, model.context());
    expect([plan.exitCode, plan.moves.length, model.log]).toEqual([0, 4, []]);
    const arriving = plan.targets.reduce((sum, target) => sum + target.arriving, 0);
    expect(arriving).toBe(4);
    for (const { resources, arriving: n } of plan.targets) {
      expect((resources["MEMORY_MB"]?.after ?? 0) - (resources["MEMORY_MB"]?.before ?? 0)).toBe(n * 1024);
    }
  });

  it("has no room for servers of one host where those of another will be", async () => {
    const model = fleet({ "node-01": 2, "node-02": 2 });
    model.memory = 2048;
    const only = { to: ["node-03"] };
    const together = await planMaintenance(
      { "node-01": { reason: "x", ...only }, "node-02": { reason: "y", ...only, canary: 0 } },
      model.context(),
    );
    expect([together.exitCode, together.moves.length, together.stays.length]).toEqual([3, 2, 2]);
  });
});

describe("the document of a maintenance", () => {
  it("leaves out whole records, then moved servers, to stay below what Linux hands to a process", async () => {
    const model = fleet({ "node-01": 1 });
    const done = await new MaintainedStack(model).up(UPGRADE);
    const [moved] = done.hosts["node-01"]?.moved ?? [];
    const many = (n: number): MaintenanceDocument => {
      const own = done.hosts["node-01"];
      if (!own || !moved) throw new Error("nothing was moved");
      return {
        ...done,
        hosts: { "node-01": { ...own, moved: Array.from({ length: n }, () => ({ ...moved, record: recordOf() })) } },
      };
    };
    const size = (document: MaintenanceDocument) => Buffer.byteLength(JSON.stringify(document));
    expect(fitted(many(3)).recordsLeftOut).toBe(0);
    const bare = fitted(many(200));
    expect([bare.recordsLeftOut, bare.movedLeftOut, bare.hosts["node-01"]?.moved.length]).toEqual([200, 0, 200]);
    const least = fitted(many(2000));
    expect([least.movedLeftOut, least.hosts["node-01"]?.disabledReason]).toEqual([
      2000,
      done.hosts["node-01"]?.disabledReason,
    ]);
    for (const one of [bare, least]) expect(size(one)).toBeLessThan(128 * 1024 - 200);
  });
});
