import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { CASE_2, CASE_2_DATA } from "../support/lab/real-guest.ts";
import { changes, Stack, type ServerOutput } from "../support/stack/stack.ts";

const BORN = { admin_vm01: "node-28", admin_vm02: "node-28" };
const MOVED = { admin_vm01: "node-31", admin_vm02: "node-31" };

let stack: Stack;
let cloud: Cloud;
let born: Record<string, ServerOutput>;

const get = (servers: Record<string, ServerOutput>, name: string): ServerOutput => {
  const server = servers[name];
  if (!server) throw new Error(`no output of ${name}`);
  return server;
};

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open();
  born = await stack.place(BORN);
  await inGuest(await addressOf(cloud, get(born, "admin_vm01").id), CASE_2);
});
afterAll(() => cloud.session.close());

describe("one edited host moves running servers across availability zones", () => {
  it("creates both servers on node-28, in nova, each volume attached once", async () => {
    for (const [name, volumes] of [
      ["admin_vm01", 2],
      ["admin_vm02", 1],
    ] as const) {
      const server = get(born, name);
      expect(server).toMatchObject({ host: "node-28", availabilityZone: "nova" });
      expect(await truth(cloud, server.id)).toEqual(wholeOn("node-28", volumes));
    }
  });

  it("previews updates of the migrations alone: nothing replaced, created or deleted", async () => {
    await stack.configure(MOVED);
    const { steps } = await stack.preview();
    expect(changes(steps).map(({ op }) => op)).toEqual(changes(steps).map(() => "update"));
    const touched = changes(steps).map(({ urn }) => urn.split("::").slice(-2).join("::"));
    expect(touched).toHaveLength(2);
    for (const urn of touched) expect(urn).toMatch(/LiveMigration\$command:local:Command::admin_vm0[12]$/);
  });

  it("moves both (Case 1: boot volume only; Case 2: with a data volume), verified inside and out", async () => {
    const before = await Promise.all(Object.values(born).map(({ id }) => migrationCount(cloud, id)));
    const moved = await stack.place(MOVED);
    for (const [name, volumes] of [
      ["admin_vm01", 2],
      ["admin_vm02", 1],
    ] as const) {
      const { id, host, availabilityZone, migration } = get(moved, name);
      expect({ id, host, availabilityZone }).toEqual({
        id: get(born, name).id,
        host: "node-31",
        availabilityZone: "nova2",
      });
      expect(migration).toMatchObject({ schemaVersion: 1, outcome: "migrated", migration: { status: "completed" } });
      const outcomes = new Map(migration.checks.map(({ check, outcome }) => [check, outcome]));
      for (const check of [
        "server-id",
        "server-status",
        "vm-state",
        "host",
        "hypervisor-hostname",
        "availability-zone",
        "migration-record",
        "boot-from-volume",
        "volumes-attached",
        "volume-in-use",
        "volume-attached-once",
        "port-bound",
        "allocations",
        "guest-not-rebooted",
        "guest-block-devices",
      ]) {
        expect([check, outcomes.get(check)]).toEqual([check, "passed"]);
      }
      expect(migration.checks.filter(({ check }) => check === "volume-attached-once")).toHaveLength(volumes);
      expect(migration.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
      expect(migration.downtime?.milliseconds).toBeLessThan(5_000);
      expect(await truth(cloud, id)).toEqual(wholeOn("node-31", volumes));
    }
    const filesystem = get(moved, "admin_vm01").migration.checks.find(({ check }) => check === "guest-filesystem");
    expect(filesystem).toMatchObject({ subject: "/mnt/vol01", outcome: "passed" });
    const after = await Promise.all(Object.values(born).map(({ id }) => migrationCount(cloud, id)));
    expect(after).toEqual(before.map((count) => count + 1));
    const address = await addressOf(cloud, get(moved, "admin_vm01").id);
    expect(await inGuest(address, CASE_2_DATA)).toContain("data: OK");
  });

  it("does nothing on a second `up`", async () => {
    const before = await migrationCount(cloud, get(born, "admin_vm01").id);
    const result = await stack.up();
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/^Resources:\n +\d+ unchanged\n/m);
    expect(await migrationCount(cloud, get(born, "admin_vm01").id)).toBe(before);
  });

  it("sees no change after a refresh", async () => {
    const refreshed = await stack.run(["refresh", "--yes", "--skip-preview", "--config-file", stack.configFile]);
    expect(refreshed.exitCode).toBe(0);
    const { steps, result } = await stack.preview();
    expect(result.exitCode).toBe(0);
    expect(changes(steps)).toEqual([]);
  });

  it("moves them back", async () => {
    const back = await stack.place(BORN);
    for (const [name, volumes] of [
      ["admin_vm01", 2],
      ["admin_vm02", 1],
    ] as const) {
      expect(get(back, name)).toMatchObject({ id: get(born, name).id, host: "node-28", availabilityZone: "nova" });
      expect(get(back, name).migration.outcome).toBe("migrated");
      expect(await truth(cloud, get(back, name).id)).toEqual(wholeOn("node-28", volumes));
    }
  });
});
