import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { onHost, service } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { engine, GUEST } from "../support/lab/run-engine.ts";
import { CASE_2, CASE_2_DATA } from "../support/lab/real-guest.ts";
import { Stack } from "../support/stack/stack.ts";

const BORN = { admin_vm01: "node-28", admin_vm02: "node-28" };

let stack: Stack;
let cloud: Cloud;
let id: string;
/** Live migrations before the test. */
let before: number;

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
  await inGuest(await addressOf(cloud, id), CASE_2);
  before = await migrationCount(cloud, id);
});
afterAll(() => cloud.session.close());

/** Nothing is lost, outside or inside, and so many migrations were asked for. */
async function isWhole(host: string, moves: number): Promise<void> {
  expect(await truth(cloud, id)).toEqual(wholeOn(host, 2));
  expect(await migrationCount(cloud, id)).toBe(before + moves);
  expect(await inGuest(await addressOf(cloud, id), CASE_2_DATA)).toContain("data: OK");
}

describe("a destination whose nova-compute is down", () => {
  afterEach(async () => {
    await service("node-31.nova-compute").start();
    await computeIs("up");
  });

  it("is refused before anything is sent: exit 3; `pulumi up` says the same, and moves the server once it is up", async () => {
    await service("node-31.nova-compute").stop();
    await computeIs("down");
    const { exitCode, record } = await engine(["run", id, "--host", "node-31"]);
    expect(exitCode).toBe(3);
    expect(record).toMatchObject({ outcome: "refused", current: { host: "node-28" } });
    const blocker = record?.findings.find(({ code }) => code === "destination-down");
    expect(blocker).toMatchObject({ severity: "blocker", transient: true, path: "host" });
    expect(record?.summary).toMatch(/was not moved and stays on node-28: nova-compute on node-31 does not report/);
    await stack.configure({ ...BORN, admin_vm01: "node-31" });
    const failed = await stack.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stdout + failed.stderr).toContain("nova-compute on node-31 does not report");
    await isWhole("node-28", 0);
    await service("node-31.nova-compute").start();
    await computeIs("up");
    const repaired = await stack.up();
    expect(repaired.exitCode).toBe(0);
    await isWhole("node-31", 1);
  });
});

describe("a migration that fails", () => {
  const failed = /live migration of admin_vm01 .* to node-31 failed .*intact on node-28, each volume attached once/;

  /** Nova disables a host as soon as it has lost its libvirtd; an operator who does not know why enables it again. */
  async function enableAgain(): Promise<void> {
    const [found] = await eventually("nova-compute on node-31 is disabled", 30, async () => {
      const services = await cloud.compute.getServices({ binary: "nova-compute", host: "node-31" });
      return services[0]?.status === "disabled" && services;
    });
    await cloud.session.request("compute", {
      method: "PUT",
      path: `/os-services/${found?.id ?? ""}`,
      body: { status: "enabled" },
      microversion: "2.53",
    });
  }

  it("in Nova's pre-check exits 4, with the true cause and where the server is, which is intact there", async () => {
    await service("node-31.libvirtd").stop();
    try {
      await enableAgain();
      const { exitCode, record } = await engine(["run", id, "--host", "node-31", "--guest", GUEST()]);
      expect(record?.summary).toMatch(failed);
      // Nova masks it with "No valid host"; the operator reads what went wrong on the destination.
      expect(record?.summary).toContain("Connection to the hypervisor is broken");
      expect(record?.summary).not.toContain("No valid host");
      expect(exitCode).toBe(4);
      expect(record).toMatchObject({ outcome: "failed", current: { host: "node-28" } });
      expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
      await isWhole("node-28", 1);
    } finally {
      await service("node-31.libvirtd").start();
      await computeIs("up");
    }
  });

  it("whose destination cannot be reached by libvirt exits 4, and the server is intact on the source", async () => {
    const cut = ["INPUT", "-p", "tcp", "--dport", "16509", "-j", "REJECT", "--reject-with", "tcp-reset"];
    await onHost("node-31", ["iptables", "-I", ...cut]);
    try {
      const { exitCode, record } = await engine(["run", id, "--host", "node-31", "--guest", GUEST()]);
      expect(record?.summary).toMatch(failed);
      expect(exitCode).toBe(4);
      expect(record).toMatchObject({
        outcome: "failed",
        current: { host: "node-28" },
        migration: { status: "failed" },
      });
      expect(record?.checks.find(({ check }) => check === "guest-not-rebooted")).toMatchObject({ outcome: "passed" });
      expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
      await isWhole("node-28", 1);
    } finally {
      await onHost("node-31", ["iptables", "-D", ...cut]);
    }
  });
});
