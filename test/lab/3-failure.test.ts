import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { service } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../support/cloud.ts";
import { engine, GUEST } from "../support/engine.ts";
import { Stack } from "../support/stack.ts";

const BORN = { admin_vm01: "node-28", admin_vm02: "node-28" };

let stack: Stack;
let cloud: Cloud;
let id: string;

const computeIs = (state: "up" | "down") =>
  eventually(`nova-compute on node-31 is ${state}`, 90, async () => {
    const services = await cloud.compute.getServices({ binary: "nova-compute", host: "node-31" });
    return services[0]?.state === state && services[0].status === "enabled";
  });

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open();
});
beforeEach(async () => {
  id = (await stack.place(BORN))["admin_vm01"]?.id ?? "";
});
afterAll(() => cloud.session.close());

describe("a destination whose nova-compute is down", () => {
  afterEach(async () => {
    await service("node-31.nova-compute").start();
    await computeIs("up");
  });

  it("is refused before anything is sent: exit 3, with the problem and its fix", async () => {
    await service("node-31.nova-compute").stop();
    await computeIs("down");
    const before = await migrationCount(cloud, id);
    const { exitCode, record } = await engine(["run", id, "--host", "node-31"]);
    expect(exitCode).toBe(3);
    expect(record).toMatchObject({ outcome: "refused", current: { host: "node-28" } });
    const blocker = record?.findings.find(({ code }) => code === "destination-down");
    expect(blocker).toMatchObject({ severity: "blocker", transient: true, path: "host" });
    expect(record?.summary).toMatch(/was not moved and stays on node-28: nova-compute on node-31 does not report/);
    expect(await migrationCount(cloud, id)).toBe(before);
    expect(await truth(cloud, id)).toEqual(wholeOn("node-28", 2));
  });

  it("fails `pulumi up` with the same words, and the same `up` succeeds once it is mended", async () => {
    await service("node-31.nova-compute").stop();
    await computeIs("down");
    await stack.configure({ ...BORN, admin_vm01: "node-31" });
    const failed = await stack.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stdout + failed.stderr).toContain("nova-compute on node-31 does not report");
    expect(await truth(cloud, id)).toEqual(wholeOn("node-28", 2));
    await service("node-31.nova-compute").start();
    await computeIs("up");
    const mended = await stack.up();
    expect(mended.exitCode).toBe(0);
    expect(await truth(cloud, id)).toEqual(wholeOn("node-31", 2));
  });
});

describe("a migration that fails", () => {
  afterEach(async () => {
    await service("node-31.libvirtd").start();
    // Nova disables a host whose libvirtd it has lost, and enables it again when it is back.
    await computeIs("up");
  });

  it("exits 4, names the true cause and where the server is, which is intact there", async () => {
    await service("node-31.libvirtd").stop();
    const { exitCode, record } = await engine(["run", id, "--host", "node-31", "--guest", GUEST()]);
    expect(record?.summary).toMatch(
      /live migration of admin_vm01 .* to node-31 failed .*intact on node-28, each volume attached once/,
    );
    expect(exitCode).toBe(4);
    expect(record).toMatchObject({ outcome: "failed", current: { host: "node-28" }, migration: { status: "error" } });
    // Nova masks it with "No valid host"; the operator reads what went wrong on the destination.
    expect(record?.summary).not.toContain("No valid host");
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await truth(cloud, id)).toEqual(wholeOn("node-28", 2));
  });
});
