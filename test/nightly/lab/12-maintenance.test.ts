/** The maintenance of a host with real guests, from the preview to the way home: one server of the stack, one of somebody else. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { onHost, service } from "../../../lab/api.ts";
import type { MaintainedHost } from "../../../migration/contract/maintenance.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, truth, wholeOn } from "../../support/lab/cloud.ts";
import { RealGuest } from "../../support/lab/real-guest.ts";
import { changesByName, settingPath, Stack } from "../../support/stack/stack.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const [HOST, TO] = ["node-28", "node-27"];
const [OWN, OTHER] = ["window-vm01", "tenant-vm01"];
const DECLARED = { [OWN]: HOST };
const BOOT_ID = "cat /proc/sys/kernel/random/boot_id";

let cloud: Cloud;
let stack: Stack;
let own: { id: string; address: string; boot: string };
let other: RealGuest;
beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open({ name: "window", config: { servers: { [OWN]: {} } } });
  const id = (await stack.place(DECLARED))[OWN]?.id ?? "";
  const address = await addressOf(cloud, id);
  const boot = await eventually("the guest answers", 120, () => inGuest(address, BOOT_ID).catch(() => undefined));
  own = { id, address, boot };
  other = await RealGuest.make(cloud, OTHER, HOST);
});
afterAll(async () => {
  await other.remove();
  await stack.configure(DECLARED);
  await stack.destroy();
  await cloud.session.close();
});

const maintain = () =>
  stack.configure(DECLARED, (document) => {
    document.setIn(settingPath("hosts", HOST, "maintenance"), { reason: "kernel upgrade", to: [TO] });
  });
const hosts = async () =>
  JSON.parse((await stack.run(["stack", "output", "hosts", "--json"])).stdout) as Record<string, MaintainedHost>;
/** Both run on this host alone, and were not restarted. */
async function areUntouchedOn(host: string): Promise<void> {
  expect(await truth(cloud, own.id)).toEqual(wholeOn(host, 1));
  expect(await truth(cloud, other.id)).toEqual(wholeOn(host, 2));
  expect(await inGuest(own.address, BOOT_ID)).toBe(own.boot);
  expect(await other.look()).toBe(other.saw);
}

it("shows in the preview every server of the host, and which one is not of the stack", async () => {
  await maintain();
  const { result, said } = await stack.preview();
  expect(result.exitCode, said).toBe(0);
  for (const name of [OWN, OTHER]) expect(said).toContain(`${name}: ${HOST} → ${TO}; live`);
  expect(said).toMatch(new RegExp(`not of this stack.*${OTHER}|${OTHER}.*not of this stack`));
});

it("drains the host by `up` and proves it empty, and no guest is restarted", async () => {
  const up = await stack.up();
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  const host = (await hosts())[HOST];
  expect(host).toMatchObject({ state: "empty", leftovers: [] });
  expect(host?.moved.map(({ server }) => server.name)).toEqual(expect.arrayContaining([OTHER, OWN]));
  expect((await onHost(HOST, ["virsh", "list", "--all", "--name"])).trim()).toBe("");
  await areUntouchedOn(TO);
  expect(changesByName((await stack.preview()).steps)).toEqual([]);
});

it("opens the host once its entry is removed and its restarted nova-compute is ready, and both servers come home", async () => {
  await service(`${HOST}.nova-compute`).kill();
  await stack.configure(DECLARED);
  const up = await stack.up();
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  await areUntouchedOn(HOST);
  const [nova] = await cloud.compute.getServices({ host: HOST, binary: "nova-compute" });
  expect(nova?.status).toBe("enabled");
  expect(changesByName((await stack.preview()).steps)).toEqual([]);
});
