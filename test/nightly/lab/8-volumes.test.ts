import { afterAll, beforeAll, expect, it } from "vitest";
import { labApi, removeVolume } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { addressOf, connectLab, inGuest, truth, wholeOn } from "../../support/lab/cloud.ts";
import { Stack, type ServerOutput } from "../../support/stack/stack.ts";

/** Data volumes of a running server, as its configuration has them, in the order of the tests. */
type Volumes = Record<string, { sizeGiB: number } | { volumeId: string }>;

const NAME = "volumes_vm01";
let stack: Stack;
let cloud: Cloud;
let boot: string;
let address: string;
/** The volume that is detached. */
let kept: string;

const SERVERS = "openstack-live-migration:servers";
async function configure(dataVolumes: Volumes, host = "node-28", over: Record<string, unknown> = {}) {
  await stack.configure({}, (document) => {
    const server = { host, bootVolume: { name: "volumes_vol01" }, dataVolumes, protect: true, ...over };
    document.setIn(["config", SERVERS], document.createNode({ [NAME]: server }));
  });
}
async function up(...args: Parameters<typeof configure>): Promise<ServerOutput> {
  await configure(...args);
  const { exitCode, stdout, stderr } = await stack.up();
  expect([exitCode, exitCode === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
  const server = (await stack.servers())[NAME];
  if (!server) throw new Error("no output");
  return server;
}
const bootId = () => inGuest(address, "cat /proc/sys/kernel/random/boot_id");
/** As the guest sees it, which counts in sectors. */
const sizeGiB = async (disk: string) => Number(await inGuest(address, `cat /sys/block/${disk}/size`)) / 2 ** 21;
const disks = async () => (await inGuest(address, "ls /sys/block | grep ^vd")).split("\n").filter(Boolean);
const CHECK = "cd /mnt/data && sha256sum -c sum";

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open();
  const { id } = await up({ data1: { sizeGiB: 1 } });
  address = await addressOf(cloud, id);
  boot = await bootId();
  await inGuest(
    address,
    `mkfs.ext4 -q /dev/vdb; mkdir -p /mnt/data; mount /dev/vdb /mnt/data; cd /mnt/data
     dd if=/dev/urandom of=file bs=1M count=8 2>/dev/null; sha256sum file > sum; sync`,
  );
});
afterAll(async () => {
  // Other tests may take the stack over: nothing of it is protected then.
  const { volumes } = await up({ data2: { sizeGiB: 1 } }, "node-31", { protect: false, forceDetach: ["again"] });
  const left = (await cloud.blockStorage.getVolumes({ allProjects: true })).filter(
    ({ id, name }) => /^data[13]$/.test(name) && !Object.values(volumes).includes(id),
  );
  const api = await labApi();
  await Promise.all(left.map(({ id }) => removeVolume(api, id)));
  await cloud.session.close();
});

it("grows a volume under its data, attaches two more live, and then moves the server with all of them", async () => {
  const server = await up({ data1: { sizeGiB: 2 }, data2: { sizeGiB: 1 }, data3: { sizeGiB: 3 } }, "node-31");
  expect(server).toMatchObject({ host: "node-31", migration: { outcome: "migrated" } });
  expect(await truth(cloud, server.id)).toEqual(wholeOn("node-31", 4));
  const { checks } = server.migration;
  expect(checks.filter(({ check }) => check === "volume-attached-once")).toHaveLength(4);
  expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  expect(await disks()).toEqual(["vda", "vdb", "vdc", "vdd"]);
  expect(await Promise.all(["vdb", "vdc", "vdd"].map(sizeGiB))).toEqual([2, 1, 3]);
  expect(await inGuest(address, CHECK)).toContain("file: OK");
});

it("refuses to shrink a volume, and to detach one that the guest has mounted: both reported at once", async () => {
  const { id = "" } = (await stack.servers())[NAME] ?? {};
  await configure({ data2: { sizeGiB: 1 }, data3: { sizeGiB: 2 } }, "node-31");
  for (const { exitCode, stdout, stderr } of [(await stack.preview()).result, await stack.up()]) {
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(/dataVolumes\.data3\.sizeGiB = 2.*3 GiB: a volume cannot shrink/s);
    expect(stdout + stderr).toMatch(/dataVolumes\.data1 = .*the guest uses it \(mounted on \/mnt\/data\)/s);
  }
  expect(await truth(cloud, id)).toEqual(wholeOn("node-31", 4));
  expect(await Promise.all(["vdb", "vdd"].map(sizeGiB))).toEqual([2, 3]);
});

it("detaches it once it is not mounted any more, and keeps it in Cinder", async () => {
  kept = (await stack.servers())[NAME]?.volumes["data1"] ?? "";
  await inGuest(address, "umount /mnt/data");
  const server = await up({ data2: { sizeGiB: 1 }, data3: { sizeGiB: 3 } }, "node-31");
  expect(await truth(cloud, server.id)).toEqual(wholeOn("node-31", 3));
  expect(await disks()).toEqual(["vda", "vdc", "vdd"]);
  expect(await cloud.blockStorage.getVolumes({ ids: [kept] })).toMatchObject([{ status: "available", sizeGiB: 2 }]);
});

it("takes it back with its data, and detaches a mounted one if its user insists, without any reboot", async () => {
  await inGuest(address, "mkfs.ext4 -q /dev/vdd; mkdir -p /mnt/three; mount /dev/vdd /mnt/three; sync");
  const server = await up({ again: { volumeId: kept }, data2: { sizeGiB: 1 } }, "node-31", { forceDetach: ["data3"] });
  expect(await truth(cloud, server.id)).toEqual(wholeOn("node-31", 3));
  await inGuest(address, "mount /dev/vdb /mnt/data");
  expect(await inGuest(address, CHECK)).toContain("file: OK");
  expect(await bootId()).toBe(boot);
});
