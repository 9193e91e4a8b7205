import { describe, expect, it } from "vitest";
import { RollSchema } from "../../../../migration/contract/roll.ts";
import { HostJournal } from "../../../../migration/hosts/restore/host-journal.ts";
import { roll, type RollContext, type RollOptions } from "../../../../migration/hosts/roll.ts";
import { FakeClock } from "../../../support/engine/fake-clock.ts";
import { cloudLost, FleetModel, Killed } from "../../../support/hosts/fleet-model.ts";
import { OPTIONS, uuid } from "../../../support/hosts/fleet-samples.ts";
import { tempPath } from "../../../support/temp-folder.ts";

const ROLL: RollOptions = {
  ...OPTIONS,
  hosts: ["node-01", "node-02"],
  command: "reboot",
  batch: 1,
  restart: false,
  return: true,
  readySeconds: 600,
};
const fleet = () => {
  const model = new FleetModel(new FakeClock());
  for (let n = 1; n <= 4; n += 1) model.add(n, n % 2 === 1 ? "node-01" : "node-02");
  const report = () => {
    for (const { host } of model.hosts) model.setHost(host, { reportedAt: new Date(model.clock.now()).toISOString() });
    model.clock.after(10_000, report);
  };
  report();
  return model;
};
const tempJournal = () => new HostJournal({ XDG_STATE_HOME: tempPath("hosts") });
const run = async (model: FleetModel, options: Partial<RollOptions> = {}, over: Partial<RollContext> = {}) => {
  const runCommand = (command: string, host: string) => {
    expect(model.on(host)).toEqual([]);
    model.log.push(`${command} ${host}`);
    return Promise.resolve(0);
  };
  const document = await roll(
    { ...ROLL, ...options },
    { ...model.context(), runCommand, journal: tempJournal(), ...over },
  );
  expect(RollSchema.safeParse(document).error).toBeUndefined();
  return document;
};
const commands = (model: FleetModel) => model.log.filter((line) => /^(disable|enable|reboot)/.test(line));
const states = ({ hosts }: Awaited<ReturnType<typeof run>>) => hosts.map(({ host, state }) => `${host} ${state}`);

describe("a roll", () => {
  it("drains, runs the command, opens and refills one host, then the next", async () => {
    const model = fleet();
    const before = model.places();
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 done", "node-02 done"]);
    expect(commands(model)).toEqual(
      ["node-01", "node-02"].flatMap((host) => [`disable ${host}`, `reboot ${host}`, `enable ${host}`]),
    );
    expect(model.places()).toEqual(before);
  });

  it("stops at the first host whose command fails, and goes on there when it is run again", async () => {
    const model = fleet();
    const journal = tempJournal();
    const fails = { runCommand: (_: string, host: string) => Promise.resolve(host === "node-02" ? 3 : 0), journal };
    const stopped = await run(model, {}, fails);
    expect([stopped.exitCode, ...states(stopped)]).toEqual([5, "node-01 done", "node-02 stopped"]);
    expect(stopped.summary).toContain("the command for node-02 exited 3; node-02 is empty and stays disabled");
    model.log.length = 0;
    const done = await run(model, {}, { journal });
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 done-before", "node-02 done"]);
    expect(commands(model)).toEqual(["reboot node-02", "enable node-02"]);
  });

  it("on another machine goes on at the host that this very roll has closed", async () => {
    const model = fleet();
    const fails = { runCommand: (_: string, host: string) => Promise.resolve(host === "node-02" ? 3 : 0) };
    await run(model, {}, fails);
    expect(states(await run(model))).toEqual(["node-01 done-before", "node-02 done"]);
  });

  it("does not work on a host that is in another maintenance of this program, nor opens it", async () => {
    const model = fleet();
    const marker = "openstack-live-migration: maintenance since 2026-01-01T00:00:00Z, after migration 0: by hand";
    model.setHost("node-02", { enabled: false, disabledReason: marker });
    const stopped = await run(model);
    expect([stopped.exitCode, ...states(stopped)]).toEqual([3, "node-01 done", "node-02 stopped"]);
    expect(stopped.hosts[1]?.problem).toContain("end that first: `live-migrate restore node-02`");
    expect(commands(model)).not.toContain("enable node-02");
  });

  it("does not run the command again that had run before a kill", async () => {
    const model = fleet();
    const journal = tempJournal();
    model.killAt = "enable node-01";
    await expect(run(model, {}, { journal })).rejects.toThrow(Killed);
    model.killAt = undefined;
    await run(model, {}, { journal });
    expect(model.log.filter((line) => line === "reboot node-01")).toHaveLength(1);
  });

  it("runs no command for a host that is not proven empty, and leaves the others alone", async () => {
    const model = fleet();
    model.endings.set(uuid(1), ["failed"]);
    const done = await run(model);
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 stopped", "node-02 not-begun"]);
    expect(commands(model)).toEqual(["disable node-01"]);
  });

  it("runs the command where only servers that are shut off were left as requested", async () => {
    const model = fleet();
    model.add(9, "node-01", { status: "SHUTOFF", vmState: "stopped", running: false });
    const runCommand = (command: string, host: string) => {
      model.log.push(`${command} ${host}`);
      return Promise.resolve(0);
    };
    const done = await run(model, { stopped: "leave" }, { runCommand });
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 done", "node-02 done"]);
  });

  it("runs no command where servers that run were left as requested", async () => {
    const model = fleet();
    model.add(9, "node-01", { status: "SUSPENDED", vmState: "suspended" });
    const done = await run(model, { notMovable: "leave" });
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 stopped", "node-02 not-begun"]);
  });

  it("does not touch a host that others have disabled", async () => {
    const model = fleet();
    model.setHost("node-01", { enabled: false, disabledReason: "broken fan" });
    const done = await run(model);
    expect([done.exitCode, model.log, done.hosts[0]?.problem]).toEqual([
      3,
      [],
      "node-01 was disabled by others (broken fan), who may be at work there",
    ]);
  });

  it("runs no command on an empty host if a move needs a human", async () => {
    const model = fleet();
    model.add(9, "node-01", { status: "SHUTOFF", vmState: "stopped", running: false });
    model.endings.set(uuid(3), ["needs-attention"]);
    model.before = (call) => {
      if (call === `end ${uuid(3)}`) model.change(uuid(3), { host: "node-03" });
    };
    const done = await run(model, { stopped: "leave" });
    expect([done.exitCode, ...states(done)]).toEqual([5, "node-01 stopped", "node-02 not-begun"]);
    expect(commands(model)).toEqual(["disable node-01"]);
  });

  it("drains, maintains and opens the hosts of a batch together", async () => {
    const model = fleet();
    const before = model.places();
    const done = await run(model, { batch: 2 });
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-01 done", "node-02 done"]);
    const each = (what: string) => [`${what} node-01`, `${what} node-02`];
    expect(commands(model)).toEqual([...each("disable"), ...each("reboot"), ...each("enable")]);
    expect(model.places()).toEqual(before);
  });

  it("opens the hosts of a batch whose command succeeded, and goes on with the other one", async () => {
    const model = fleet();
    const journal = tempJournal();
    const fails = { runCommand: (_: string, host: string) => Promise.resolve(host === "node-01" ? 3 : 0), journal };
    const stopped = await run(model, { batch: 2 }, fails);
    expect([stopped.exitCode, ...states(stopped)]).toEqual([5, "node-01 stopped", "node-02 done"]);
    model.log.length = 0;
    const done = await run(model, { batch: 2 }, { journal });
    expect([done.exitCode, ...states(done)]).toEqual([0, "node-02 done-before", "node-01 done"]);
    expect(commands(model)).toEqual(["reboot node-01", "enable node-01"]);
  });

  it.each([
    ["if it is told to", 0, { restart: true }],
    ["a week after it stopped", 8, {}],
  ])("begins anew %s", async (_, days, options) => {
    const model = fleet();
    const journal = tempJournal();
    const fails = {
      runCommand: (_command: string, host: string) => Promise.resolve(host === "node-02" ? 3 : 0),
      journal,
    };
    await run(model, {}, fails);
    await model.clock.sleep(days * 24 * 3_600_000);
    expect(states(await run(model, options, { journal }))).toEqual(["node-01 done", "node-02 done"]);
  });

  it("names the hosts that are done when the cloud goes away: exit 7", async () => {
    const model = fleet();
    model.before = (call) => {
      if (call === "migrations node-02" && model.log.includes("enable node-01")) cloudLost();
    };
    const done = await run(model, { return: false });
    expect([done.exitCode, ...states(done)]).toEqual([7, "node-01 done", "node-02 stopped"]);
  });
});
