import { describe, expect, it } from "vitest";
import { known, unknown } from "../../../../migration/cloud/snapshot.ts";
import { RestoreSchema } from "../../../../migration/contract/restore.ts";
import { drain } from "../../../../migration/hosts/drain.ts";
import { HostJournal } from "../../../../migration/hosts/restore/host-journal.ts";
import type { HostsContext } from "../../../../migration/hosts/hosts-context.ts";
import { restore, type RestoreOptions } from "../../../../migration/hosts/restore/restore.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { cloudLost, FleetModel, Killed } from "../../../support/hosts/fleet-model.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";
import { tempPath } from "../../../support/temp-folder.ts";

const RESTORE: RestoreOptions = {
  hosts: ["node-01"],
  return: true,
  since: null,
  parallel: 1,
  stopAfter: 1,
  readySeconds: 600,
};
const tempJournal = () => new HostJournal({ XDG_STATE_HOME: tempPath("hosts") });

/** Its services report every ten seconds, unless told otherwise. */
const fleet = (servers = 3) => {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= servers; n += 1) model.add(n, "node-01");
  const report = () => {
    for (const { host, up } of model.hosts) {
      if (up) model.setHost(host, { reportedAt: new Date(model.clock.now()).toISOString() });
    }
    model.clock.after(10_000, report);
  };
  report();
  return model;
};
const run = async (
  model: FleetModel,
  options: Partial<RestoreOptions> = {},
  journal = tempJournal(),
  context: Partial<HostsContext> = {},
) => {
  const { told, ...rest } = model.context(context);
  const document = await restore({ ...RESTORE, ...options }, rest, journal);
  expect(RestoreSchema.safeParse(document).error).toBeUndefined();
  return { ...document, told };
};
const drained = async (servers = 3, to: string[] | null = null) => {
  const model = fleet(servers);
  expect((await drain({ ...OPTIONS, to }, model.context())).exitCode).toBe(0);
  model.log.length = 0;
  return model;
};
const names = (model: FleetModel, host: string) => model.on(host).map(({ facts }) => facts.name);

describe("a restore", () => {
  it("waits for a new report, opens the host, and brings home whom the drain moved, the largest first", async () => {
    const model = await drained();
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.state]).toEqual([0, "open"]);
    expect(model.log[0]).toBe("enable node-01");
    expect(names(model, "node-01").sort()).toEqual(["vm1", "vm2", "vm3"]);
    expect(done.told.join("\n")).toContain("waiting until it is ready: service-up");
    expect(done.summary).toBe("node-01 is open; 3 of 3 servers brought home");
  });

  it("opens the host without bringing anyone home, unless asked to", async () => {
    const model = await drained();
    const done = await run(model, { return: false });
    expect([done.exitCode, model.log, names(model, "node-01")]).toEqual([0, ["enable node-01"], []]);
  });

  it("does not open a host that others disabled", async () => {
    const model = fleet(0);
    model.setHost("node-01", { enabled: false, disabledReason: "broken fan" });
    const done = await run(model);
    expect([done.exitCode, model.log]).toEqual([3, []]);
    expect(done.findings[0]).toMatchObject({ code: "disabled-by-others" });
    expect(done.findings[0]?.problem).toContain("broken fan");
  });

  it("does not open a host whose marker somebody has changed", async () => {
    const model = await drained();
    model.setHost("node-01", { disabledReason: "openstack-live-migration: hands off, Kim" });
    expect((await run(model)).exitCode).toBe(3);
  });

  it.each([
    ["its service is down", { up: false }, {}, "service-up (down)"],
    ["its hypervisor is down", {}, { hypervisor: known("down") }, "hypervisor-up (down)"],
    ["Placement has no inventory of it", {}, { inventory: known([]) }, "inventory-present (nothing)"],
    [
      "an agent is dead",
      {},
      { agents: known([{ id: "a", host: "node-01", binary: "ovs", alive: false, wanted: true, heartbeatAt: null }]) },
      "agents-alive (ovs is dead)",
    ],
    [
      "an agent has not reported since",
      {},
      { agents: known([{ id: "a", host: "node-01", binary: "ovs", alive: true, wanted: true, heartbeatAt: "x" }]) },
      "agents-alive (ovs has not reported anew)",
    ],
  ])("keeps a host closed while %s: exit 6", async (_, service, readiness, why) => {
    const model = await drained();
    model.setHost("node-01", service);
    model.readiness_ = { ...model.readiness_, ...readiness };
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.state, model.log]).toEqual([6, "closed", []]);
    expect(done.summary).toContain(`node-01 is NOT ready and stays disabled: ${why}`);
  });

  it("keeps a host closed when it is interrupted in its wait: exit 6", async () => {
    const model = await drained();
    const stop = new AbortController();
    model.clock.after(13_000, () => {
      stop.abort();
    });
    const done = await run(model, {}, tempJournal(), { stop: stop.signal });
    expect([done.exitCode, done.hosts[0]?.state, model.log]).toEqual([6, "closed", []]);
    expect(done.summary).toContain("node-01 stays disabled: it was interrupted");
  });

  it("says what was not checked of a host's readiness, and opens it", async () => {
    const model = await drained(0);
    model.readiness_ = { ...model.readiness_, agents: unknown("network answers 403"), inventory: unknown("no") };
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.checks.map(({ outcome }) => outcome)]).toEqual([
      0,
      ["passed", "passed", "not-checked", "not-checked"],
    ]);
  });

  it("takes nobody back who was moved on, deleted, resized or evacuated meanwhile", async () => {
    const model = await drained(4);
    model.change(uuid(2), { host: "node-04" });
    const away = model.tenants.get(uuid(1))?.facts.host;
    if (away === "node-04") throw new Error("the plan has changed: choose another server");
    model.tenants.delete(uuid(3));
    const id = model.add(9, "node-02");
    model.migrated(id, "node-01", "node-02", { type: "evacuation", status: "done" });
    const before = model.tenants.get(uuid(2))?.facts;
    const done = await run(model);
    expect(done.exitCode).toBe(0);
    expect(names(model, "node-01").sort()).not.toContain("vm9");
    expect(before?.host).toBe("node-04");
  });

  it("leaves a server that somebody moved on since, and says so", async () => {
    const model = await drained(1);
    expect(model.places()).toEqual(["vm1 node-02"]);
    model.change(uuid(1), { host: "node-03" });
    const done = await run(model);
    expect([done.exitCode, done.moves]).toEqual([0, []]);
    expect(done.hosts[0]?.away).toEqual([
      { server: { id: uuid(1), name: "vm1" }, why: "somebody moved it on to node-03 since" },
    ]);
  });

  it("brings nobody home who left before the maintenance", async () => {
    const model = fleet(1);
    const id = model.add(8, "node-02");
    model.migrated(id, "node-01", "node-02");
    await drain(OPTIONS, model.context());
    expect((await run(model)).moves.map(({ server }) => server.name)).toEqual(["vm1"]);
  });

  it("brings servers home that are shut off", async () => {
    const model = fleet(0);
    model.add(1, "node-01", { status: "SHUTOFF", vmState: "stopped", running: false });
    await drain(OPTIONS, model.context());
    expect((await run(model)).exitCode).toBe(0);
    expect(names(model, "node-01")).toEqual(["vm1"]);
  });

  it("stops after a failure: the host is open, and who is not home is named", async () => {
    const model = await drained();
    model.endings.set(uuid(1), ["failed"]);
    model.endings.set(uuid(2), ["failed"]);
    model.endings.set(uuid(3), ["failed"]);
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.state, done.hosts[0]?.away.length]).toEqual([4, "returning", 3]);
  });

  it.each([`enable node-01`, `begin ${uuid(2)}`])("killed at `%s` is finished by the same command", async (call) => {
    const model = await drained();
    const journal = tempJournal();
    model.killAt = call;
    await expect(run(model, {}, journal)).rejects.toThrow(Killed);
    model.killAt = undefined;
    const done = await run(model, {}, journal);
    expect([done.exitCode, names(model, "node-01").length]).toEqual([0, 3]);
    expect(model.migrationList).toHaveLength(6);
  });

  it("on another machine after that needs to be told when the maintenance began, and says so", async () => {
    const model = await drained();
    model.setHost("node-01", { enabled: true, disabledReason: null });
    const told = await run(model);
    expect([told.exitCode, told.moves, told.findings[0]?.code]).toEqual([6, [], "maintenance-unknown"]);
    expect(told.summary).toContain("nobody was brought home");
    expect(told.findings[0]?.fix).toContain("live-migrate restore node-01 --return --since TIME");
    expect((await run(model, { since: "2026-01-01T00:00:00Z" })).moves).toHaveLength(3);
  });

  it("does nothing when it is repeated: everyone is home", async () => {
    const model = await drained();
    const journal = tempJournal();
    await run(model, {}, journal);
    model.log.length = 0;
    const again = await run(model, {}, journal);
    expect([again.exitCode, again.findings, model.log]).toEqual([0, [], []]);
  });

  it("does not take an older maintenance for the last one: who left since is not known to be home", async () => {
    const model = await drained();
    const journal = tempJournal();
    await run(model, {}, journal);
    await drain(OPTIONS, model.context());
    model.setHost("node-01", { enabled: true, disabledReason: null });
    const again = await run(model, {}, journal);
    expect([again.exitCode, again.findings[0]?.code]).toEqual([6, "maintenance-unknown"]);
  });

  it("does not open a host that others close while it is waited for", async () => {
    const model = await drained();
    model.clock.after(15_000, () => {
      model.setHost("node-01", { disabledReason: "smoke, Kim" });
    });
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.state, model.log]).toEqual([6, "closed", []]);
    expect(done.summary).toContain("node-01 was disabled by others (smoke, Kim)");
  });

  it("says that a move home was refused: exit 4, not that nothing was changed", async () => {
    const model = await drained(1);
    model.endings.set(uuid(1), ["refused"]);
    const done = await run(model);
    expect([done.exitCode, done.hosts[0]?.state]).toEqual([4, "returning"]);
  });

  it("tells what was done when the cloud goes away midway: exit 7", async () => {
    const model = await drained(3, ["node-02"]);
    let ended = 0;
    model.before = (call) => {
      if (call.startsWith("end ")) ended += 1;
      if (ended > 0 && call === "services") cloudLost();
    };
    const done = await run(model);
    expect([done.exitCode, done.moves.length, done.hosts[0]?.state]).toEqual([7, 1, "returning"]);
    expect(done.summary).toContain("stopped: the cloud does not answer");
  });

  it("brings everyone home although this machine's clock is ahead of Nova's", async () => {
    const model = await drained();
    model.migrationList = model.migrationList.map((one) => ({ ...one, createdAt: "2025-12-31T23:00:00Z" }));
    expect((await run(model)).moves).toHaveLength(3);
  });
});
