/** A host with real guests is drained, its nova-compute restarted, and its servers brought home: by `drain`, `restore` and `roll`. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { becomes, labApi, onHost, service } from "../../../lab/api.ts";
import { DrainSchema } from "../../../migration/contract/drain.ts";
import { RestoreSchema } from "../../../migration/contract/restore.ts";
import { RollSchema } from "../../../migration/contract/roll.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab } from "../../support/lab/cloud.ts";
import { RealGuest } from "../../support/lab/real-guest.ts";
import { engine, GUEST } from "../../support/lab/run-engine.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const HOST = "node-28";
const TO = "node-27";
const RUNNING = 3;

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
const guests: RealGuest[] = [];
beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  // One after the other: guests that boot at the same time take each other's time.
  for (let i = 1; i <= RUNNING + 1; i += 1) guests.push(await RealGuest.make(cloud, `drain-vm0${i}`, HOST));
  await guests[0]?.dirty(16);
  const off = guests[RUNNING]?.id ?? "";
  await api.call("compute", "POST", `/servers/${off}/action`, { "os-stop": null });
  await becomes(api, off, "SHUTOFF");
});
afterAll(async () => {
  for (const { id } of await cloud.compute.getServices({ host: HOST, binary: "nova-compute" }))
    await api.call("compute", "PUT", `/os-services/${id}`, { status: "enabled" });
  await Promise.all(guests.map((guest) => guest.remove()));
  await cloud.session.close();
});

const running = () => guests.slice(0, RUNNING);
const ALL = ["drain-vm01", "drain-vm02", "drain-vm03", "drain-vm04"];
/** Other tests leave servers on the host, too, and these are drained with it. */
const ours = (names: Iterable<string>) => [...names].filter((name) => ALL.includes(name)).sort();
const namesOn = async (host: string) =>
  ours((await cloud.compute.getServers({ allProjects: true, host })).map(({ name }) => name));
/** What libvirt knows of on the host, running or not. */
const domains = async () => (await onHost(HOST, ["virsh", "list", "--all", "--name"])).trim();
/** Boot ids and checksums are those of before: no guest was restarted. */
async function areUntouched(): Promise<void> {
  for (const guest of running()) expect(await guest.look()).toBe(guest.saw);
  expect((await cloud.compute.getServer(guests[RUNNING]?.id ?? "")).status).toBe("SHUTOFF");
}

describe("a host with four guests: one writes memory all the time, one is shut off", () => {
  it("is drained and proven empty, and no guest reboots: exit 0, with each downtime", async () => {
    const { exitCode, stdout, stderr } = await engine(["drain", HOST, "--to", TO, "--guest", GUEST()]);
    expect(exitCode, stderr).toBe(0);
    const drained = DrainSchema.parse(JSON.parse(stdout));
    expect(drained.hosts[0]?.state).toBe("empty");
    const moved = new Map(drained.moves.map(({ server, record }) => [server.name, record]));
    expect(ours(moved.keys())).toEqual(ALL);
    for (const name of ALL.slice(0, RUNNING)) expect(moved.get(name)?.downtime?.milliseconds).toBeGreaterThan(0);
    expect(drained.longestDowntimeMilliseconds).toBeGreaterThan(0);
    expect([await namesOn(HOST), await domains()]).toEqual([[], ""]);
    await areUntouched();
  });

  it("is opened once its restarted nova-compute is ready, and its servers come home: exit 0", async () => {
    await service(`${HOST}.nova-compute`).kill();
    const { exitCode, stdout, stderr } = await engine(["restore", HOST, "--return", "--guest", GUEST()]);
    expect(exitCode, stderr).toBe(0);
    expect(RestoreSchema.parse(JSON.parse(stdout)).hosts[0]).toMatchObject({ state: "open", away: [] });
    expect(await namesOn(HOST)).toEqual(ALL);
    await areUntouched();
  });

  it("is rolled: drained, its command run while nothing is there, and everything is home again: exit 0", async () => {
    const command = `test "$1" = ${HOST}`;
    const { exitCode, stdout, stderr } = await engine(["roll", HOST, "--to", TO, "--run", command, "--return"]);
    expect(exitCode, stderr).toBe(0);
    expect(RollSchema.parse(JSON.parse(stdout)).hosts).toMatchObject([{ host: HOST, state: "done" }]);
    expect(await namesOn(HOST)).toEqual(ALL);
    await areUntouched();
  });
});
