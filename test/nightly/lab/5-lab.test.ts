import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { isUp, labPaths, service } from "../../../lab/api.ts";
import { isGone, removeDead } from "../../../lab/down.ts";
import { infraNamespace, makeNetwork, removeNetwork } from "../../../lab/network.ts";
import { labProcesses } from "../../../lab/processes.ts";
import { loadLab } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { processes } from "../../support/processes.ts";

const lab = (args: readonly string[], env: Record<string, string> = {}) =>
  execa(process.execPath, ["lab/cli.ts", ...args], { env, reject: false });

it("keeps its passwords in files that only root reads, and in no process's arguments", async () => {
  const { stateDir, cloudsFile, guestKey } = labPaths();
  for (const file of [cloudsFile, guestKey, join(stateDir, "secrets.json"), join(stateDir, "config/nova/nova.conf")])
    expect([file, (await stat(file)).mode & 0o077]).toEqual([file, 0]);
  const secrets = Object.values(
    JSON.parse(await readFile(join(stateDir, "secrets.json"), "utf8")) as object,
  ) as string[];
  expect(new Set(secrets).size).toBe(8);
  const lines = (await processes()).map((one) => one.arguments.join(" "));
  expect(lines.some((line) => line.includes("nova-conductor"))).toBe(true);
  for (const line of lines) expect(secrets.filter((secret) => line.includes(secret))).toEqual([]);
});

it("listens on no address of the machine's own", async () => {
  const { stdout } = await execa("ss", ["-Hltn"]);
  const ports = stdout.split("\n").map((line) => Number(/:(\d+)\s/.exec(line)?.[1]));
  for (const port of [5000, 5672, 8774, 8776, 8778, 9292, 9696, 11211, 16509]) expect(ports).not.toContain(port);
});

it("starts a service again that was killed, and lets one that is held stay down", async () => {
  const scheduler = service("cinder-scheduler");
  const before = await scheduler.state();
  await scheduler.kill();
  await waitFor(
    "cinder-scheduler",
    async () => {
      const now = await scheduler.state();
      return now.state === "run" && now.pid !== before.pid;
    },
    { seconds: 30 },
  );
  await scheduler.killAndHold();
  try {
    await waitFor("its end", async () => (await scheduler.state()).state === "down", { seconds: 30 });
    expect(await scheduler.state()).toMatchObject({ held: true });
    const status = await lab(["status", "--json"]);
    expect(status.exitCode).toBe(1);
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: "broken",
      problems: ["cinder-scheduler is held down: `lab service start cinder-scheduler`"],
    });
  } finally {
    await scheduler.start();
  }
  await waitFor("the lab", () => isUp(), { seconds: 60 });
});

it("is not disturbed by another checkout's lab of the same prefix, which learns where this one is", async () => {
  const { prefix, network, providerNetwork } = loadLab("guest");
  const other = {
    ...{ LAB_PREFIX: prefix, LAB_NETWORK: network, LAB_PROVIDER_NETWORK: providerNetwork },
    LAB_STATE: join(tmpdir(), "another-lab"),
  };
  for (const command of ["up", "down"]) {
    const result = await lab([command], other);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain(labPaths().stateDir);
  }
  expect(await isUp()).toBe(true);
});

it("takes away what a lab left whose processes were all killed, wherever its state is; one that lives is left alone", async () => {
  const env = { LAB_PREFIX: "deadlab", LAB_NETWORK: "10.97.0", LAB_PROVIDER_NETWORK: "10.98.0" };
  const at = (folder: string) => loadLab("fleet", {}, { ...env, LAB_STATE: join(tmpdir(), folder) });
  const left = at("lab-that-died");
  await makeNetwork(left);
  try {
    expect(await removeDead(left)).toBeUndefined();
    const living = execa("ip", ["netns", "exec", infraNamespace(left), "sleep", "60"], { reject: false });
    await waitFor("a process in it", () => labProcesses(left).length > 0, { seconds: 10 });
    expect(await removeDead(at("another-lab"))).toBeUndefined();
    living.kill();
    await living;
    expect(isGone(left)).toBe(false);
    expect(await removeDead(at("another-lab"))).toBe(left.stateDir);
    expect(isGone(left)).toBe(true);
  } finally {
    await removeNetwork(left);
  }
});

it("is whole after one more `lab up`, quickly", async () => {
  await service("node-27.dhcp-agent").killAndHold();
  const result = await lab(["up"]);
  expect([result.exitCode, result.stderr]).toEqual([0, ""]);
  expect(await isUp()).toBe(true);
});
