import { describe, expect, it } from "vitest";
import { fleet, OURS, runDrain as run, states } from "../../../support/hosts/drained.ts";
import { Killed } from "../../../support/hosts/fleet-model.ts";
import { uuid } from "../../../support/hosts/fleet-samples.ts";

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
