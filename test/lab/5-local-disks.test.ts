/** Guests that boot from an image, on both kinds of storage that Nova offers for it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DISKS_IN_CEPH, labApi, makeServer, novaOptions, onHost } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { engine, GUEST } from "../support/lab/run-engine.ts";

const FLAVOR = "guests.disk";
const HOSTS = ["node-28", "node-31"] as const;
const [FROM, TO] = HOSTS;
/** A file of the root disk that must survive, and its checksum from the disk, not from the cache. */
const PREPARE = "dd if=/dev/urandom of=/root/data bs=64k count=64 2>/dev/null; sync";
const SEEN = `echo 3 > /proc/sys/vm/drop_caches
  cat /proc/sys/kernel/random/boot_id; sha256sum /root/data; echo still writable > /root/touched; sync`;

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  await api.call("compute", "POST", "/flavors", { flavor: { name: FLAVOR, vcpus: 1, ram: 128, disk: 1 } });
});
afterAll(async () => {
  await configureHosts(HOSTS, undefined);
  const { flavors } = await api.call<{ flavors: { id: string; name: string }[] }>("compute", "GET", "/flavors");
  for (const { id, name } of flavors) if (name === FLAVOR) await api.call("compute", "DELETE", `/flavors/${id}`);
  await cloud.session.close();
});

/** Gives hosts other options, and waits until their nova-compute reports again. */
async function configureHosts(hosts: readonly string[], options: typeof DISKS_IN_CEPH | undefined): Promise<void> {
  for (const host of hosts) await novaOptions(host, options);
  const began = new Date();
  await eventually(`nova-compute on ${hosts.join(" and ")} has started anew`, 120, async () => {
    const services = await cloud.compute.getServices({ binary: "nova-compute" });
    return hosts.every((host) =>
      services.some((one) => one.host === host && one.state === "up" && new Date(one.updatedAt ?? 0) > began),
    );
  });
}

/** Where the disk lies, by the domain that libvirt runs. */
async function diskOf(host: string, id: string): Promise<string> {
  const { server } = await api.call<{ server: Record<string, string> }>("compute", "GET", `/servers/${id}`);
  return onHost(host, ["virsh", "domblklist", server["OS-EXT-SRV-ATTR:instance_name"] ?? ""]);
}

describe.each([
  ["a local disk, which is copied", undefined, /\/var\/lib\/nova\/instances\/.*\/disk/],
  ["RBD, which the hosts share", DISKS_IN_CEPH, /vms\/.*_disk/],
])("a running guest that boots from an image, on %s", (_, options, disk) => {
  let id = "";
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    if (options) await configureHosts(HOSTS, options);
    ({ id, remove } = await makeServer(api, {
      name: "local_vm",
      host: FROM,
      localDisk: true,
      flavor: FLAVOR,
      dataVolumes: 0,
    }));
  });
  afterAll(() => remove());

  it("moves live to another zone: same boot, same files, exit 0", async () => {
    const address = await addressOf(cloud, id);
    await eventually("the guest answers", 90, () => inGuest(address, PREPARE).catch(() => undefined));
    const saw = await inGuest(address, SEEN);
    expect(await diskOf(FROM, id)).toMatch(disk);
    const guest = JSON.stringify({ ...(JSON.parse(GUEST()) as object), files: ["/root/data"] });
    const { exitCode, record, stderr } = await engine(["run", id, "--host", TO, "--guest", guest]);
    expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "live-local-disks"]);
    const outcomes = new Map(record?.checks.map(({ check, outcome }) => [check, outcome]));
    for (const check of ["host", "image", "allocations", "guest-not-rebooted", "guest-file"]) {
      expect([check, outcomes.get(check)]).toEqual([check, "passed"]);
    }
    expect(await truth(cloud, id)).toEqual(wholeOn(TO, 0));
    expect(await diskOf(TO, id)).toMatch(disk);
    expect(await inGuest(address, SEEN)).toBe(saw);
    expect(await migrationCount(cloud, id)).toBe(1);
  });

  // The other way round Zed moves it: its disk stays where it is.
  if (options) return;
  it("fails to a host of another `images_type` with Nova's reason, and is intact where it is: exit 4", async () => {
    await configureHosts([FROM], DISKS_IN_CEPH);
    const { exitCode, record, stderr } = await engine(["run", id, "--host", FROM, "--guest", GUEST()]);
    expect([exitCode, record?.outcome, record?.current.host], stderr).toEqual([4, "failed", TO]);
    expect(record?.summary).toMatch(/Error; .*in the log of nova-compute on node-28; hosts whose images_type differ/);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await truth(cloud, id)).toEqual(wholeOn(TO, 0));
  });
});
