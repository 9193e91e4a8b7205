import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { descendantsOf } from "../support/processes.ts";
import { CASE_2, CASE_2_DATA } from "../support/lab/real-guest.ts";
import { Stack, type Running } from "../support/stack/stack.ts";

const BORN = { admin_vm01: "node-28", admin_vm02: "node-28" };

let stack: Stack;
let cloud: Cloud;
let id: string;

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open();
});
beforeEach(async () => {
  id = (await stack.place(BORN))["admin_vm01"]?.id ?? "";
  await inGuest(await addressOf(cloud, id), CASE_2);
});
afterAll(() => cloud.session.close());

/** Starts an update that moves admin_vm01, and waits until Nova migrates it. */
async function updateUnderWay(): Promise<Running> {
  await stack.configure({ ...BORN, admin_vm01: "node-31" });
  const update = stack.startUp();
  await eventually(
    "the server is migrating",
    60,
    async () => (await cloud.compute.getServer(id)).taskState === "migrating",
  );
  return update;
}

const killEngine = async (update: Running) => {
  const [engine] = await descendantsOf(update.pid, "live-migrate.js");
  if (engine === undefined) throw new Error("the engine is not running below pulumi");
  process.kill(engine, "SIGKILL");
};

/** The update is repeated: the server has been moved once, everything is verified, nothing is pending. */
async function finished(before: number): Promise<void> {
  const result = await stack.up();
  expect(`${result.stdout}\n${result.stderr}`).not.toContain("error:");
  expect(result.exitCode).toBe(0);
  const output = (await stack.servers())["admin_vm01"];
  expect(output).toMatchObject({ id, host: "node-31", availabilityZone: "nova2" });
  expect(output?.migration).toMatchObject({ outcome: "migrated", adopted: true, migration: { status: "completed" } });
  expect(output?.migration.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(output?.migration.checks.find(({ check }) => check === "guest-not-rebooted")).toMatchObject({
    outcome: "passed",
  });
  expect(await migrationCount(cloud, id)).toBe(before + 1);
  expect(await truth(cloud, id)).toEqual(wholeOn("node-31", 2));
  expect(await inGuest(await addressOf(cloud, id), CASE_2_DATA)).toContain("data: OK");
  const { deployment } = JSON.parse(await stack.state()) as { deployment: { pending_operations?: unknown[] | null } };
  expect(deployment.pending_operations ?? []).toEqual([]);
}

describe("a move that lost its engine", () => {
  it("is adopted by the next `up` when the engine was killed", async () => {
    const before = await migrationCount(cloud, id);
    const update = await updateUnderWay();
    await killEngine(update);
    const result = await update.ended;
    expect(result.exitCode).not.toBe(0);
    await finished(before);
  });
});
