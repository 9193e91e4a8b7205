/** Guests that boot from an image, on both kinds of storage that Nova offers for it; declared as the example declares them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DISKS_IN_CEPH, labApi, novaOptions, onHost } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { engine, GUEST } from "../support/lab/run-engine.ts";
import { changesByName, Stack } from "../support/stack/stack.ts";

const [FLAVOR, ZONE] = ["guests.disk", "guests-zone"];
const HOSTS = ["node-28", "node-31"] as const;
const [HOME, ELSEWHERE] = HOSTS;

/** A file of the root disk that must survive, and its checksum from the disk, not from the cache. */
const PREPARE = "dd if=/dev/urandom of=/root/data bs=64k count=64 2>/dev/null; sync";
const SEEN = `echo 3 > /proc/sys/vm/drop_caches
  cat /proc/sys/kernel/random/boot_id; sha256sum /root/data; echo still writable > /root/touched; sync`;

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let flavor = "";
/** Undefined where another test has given the host a zone already. */
let aggregate: number | undefined;

const computes = () => cloud.compute.getServices({ binary: "nova-compute" });
const zoneOf = async (host: string) => (await computes()).find((one) => one.host === host)?.zone;
const onZone = (action: object) => api.call("compute", "POST", `/os-aggregates/${aggregate ?? 0}/action`, action);

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  const body = { flavor: { name: FLAVOR, vcpus: 1, ram: 128, disk: 1 } };
  flavor = (await api.call<{ flavor: { id: string } }>("compute", "POST", "/flavors", body)).flavor.id;
  if ((await zoneOf(ELSEWHERE)) !== (await zoneOf(HOME))) return;
  const zone = { aggregate: { name: ZONE, availability_zone: ZONE } };
  aggregate = (await api.call<{ aggregate: { id: number } }>("compute", "POST", "/os-aggregates", zone)).aggregate.id;
  await onZone({ add_host: { host: ELSEWHERE } });
});
afterAll(async () => {
  await configureHosts(HOSTS, undefined);
  if (aggregate !== undefined) {
    await onZone({ remove_host: { host: ELSEWHERE } });
    await api.call("compute", "DELETE", `/os-aggregates/${aggregate}`);
  }
  await api.call("compute", "DELETE", `/flavors/${flavor}`);
  await cloud.session.close();
});

/** Gives hosts other options, and waits until their nova-compute reports again. */
async function configureHosts(hosts: readonly string[], options: typeof DISKS_IN_CEPH | undefined): Promise<void> {
  for (const host of hosts) await novaOptions(host, options);
  const began = new Date();
  await eventually(`nova-compute on ${hosts.join(" and ")} has started anew`, 120, async () => {
    const services = await computes();
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
  let stack: Stack;
  let id: string;
  let saw: string;

  async function up(host: string): Promise<{ serverId: string; runsOn: unknown }> {
    const values = [`host=${host}`, `flavor=${FLAVOR}`, "image=guest", "network=flat"];
    await stack.run(["config", "set-all", ...values.flatMap((value) => ["--plaintext", value])]);
    const { exitCode, stdout, stderr } = await stack.up();
    expect(exitCode, stdout + stderr).toBe(0);
    return JSON.parse((await stack.run(["stack", "output", "--json"])).stdout) as Awaited<ReturnType<typeof up>>;
  }

  beforeAll(async () => {
    if (options) await configureHosts(HOSTS, options);
    stack = await Stack.open({ name: "local-disks", example: "own-instance", env: { OS_CLOUD: "lab" } });
    id = (await up(HOME)).serverId;
    const address = await addressOf(cloud, id);
    await eventually("the guest answers", 90, () => inGuest(address, PREPARE).catch(() => undefined));
    saw = await inGuest(address, SEEN);
  });
  afterAll(async () => {
    await stack.run(["state", "unprotect", "--all", "--yes"]);
    await stack.destroy();
  });

  async function isWholeOn(host: string, moves: number): Promise<void> {
    expect(await truth(cloud, id)).toEqual(wholeOn(host, 0));
    expect(await diskOf(host, id)).toMatch(disk);
    expect(await inGuest(await addressOf(cloud, id), SEEN)).toBe(saw);
    expect(await migrationCount(cloud, id)).toBe(moves);
  }

  it("moves live to another zone by `pulumi up`: same id, same boot, same files", async () => {
    await isWholeOn(HOME, 0);
    const runsOn = { host: ELSEWHERE, availabilityZone: await zoneOf(ELSEWHERE) };
    expect(await up(ELSEWHERE)).toEqual({ serverId: id, runsOn });
    await isWholeOn(ELSEWHERE, 1);
    const { steps, said } = await stack.preview();
    expect(changesByName(steps), said).toEqual([]);
  });

  it("moves back by the command line, verified inside and out: exit 0", async () => {
    const guest = JSON.stringify({ ...(JSON.parse(GUEST()) as object), files: ["/root/data"] });
    const { exitCode, record, stderr } = await engine(["run", id, "--host", HOME, "--guest", guest]);
    expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "live-local-disks"]);
    const outcomes = new Map(record?.checks.map(({ check, outcome }) => [check, outcome]));
    for (const check of ["host", "image", "allocations", "guest-not-rebooted", "guest-file"]) {
      expect([check, outcomes.get(check)]).toEqual([check, "passed"]);
    }
    await isWholeOn(HOME, 2);
  });

  // The other way round Zed moves it: its disk stays where it is.
  if (options) return;
  it("fails to a host of another `images_type` with Nova's reason, and is intact where it is: exit 4", async () => {
    await configureHosts([ELSEWHERE], DISKS_IN_CEPH);
    const { exitCode, record, stderr } = await engine(["run", id, "--host", ELSEWHERE, "--guest", GUEST()]);
    expect([exitCode, record?.outcome, record?.current.host], stderr).toEqual([4, "failed", HOME]);
    expect(record?.summary).toMatch(
      /Error; .*in the log of nova-compute on node-31; hosts whose images_type differ cannot/,
    );
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    await isWholeOn(HOME, 3);
  });
});
