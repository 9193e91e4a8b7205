/** A guest whose local disk is copied while something happens to it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { labApi, makeServer, onHost, type MadeServer } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { addressOf, connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { slowly } from "../../support/lab/real-guest.ts";
import { engine, GUEST, startEngine } from "../../support/lab/run-engine.ts";

const FLAVOR = "block.disk";
const [HOME, ELSEWHERE] = ["node-28", "node-31"];
/** Longer than libvirt waits for a sign of life from the other host (keepalive, 30 s). Milliseconds. */
const CUT_FOR = 45_000;

let cloud: Cloud;
let api: Awaited<ReturnType<typeof labApi>>;
let flavor: string;
let server: MadeServer;
let address: string;

beforeAll(async () => {
  cloud = await connectLab();
  api = await labApi();
  const body = { flavor: { name: FLAVOR, vcpus: 1, ram: 128, disk: 1 } };
  flavor = (await api.call<{ flavor: { id: string } }>("compute", "POST", "/flavors", body)).flavor.id;
  server = await makeServer(api, { name: "block-vm01", host: HOME, localDisk: true, dataVolumes: 0, flavor: FLAVOR });
  address = await addressOf(cloud, server.id);
  await eventually("the guest answers", 120, () => write("first", 4).catch(() => undefined));
});
afterAll(async () => {
  await server.remove();
  await api.call("compute", "DELETE", `/flavors/${flavor}`);
  await cloud.session.close();
});

/** Writes a file of so many MiB on the guest's disk, beside its checksum. */
const write = (name: string, mebibytes: number) =>
  inGuest(
    address,
    `cd /root; dd if=/dev/urandom of=${name} bs=1M count=${mebibytes} 2>/dev/null; sha256sum ${name} > ${name}.sum; sync; echo written`,
  );

/** The boot id; fails unless all files are what was written, read from the disk and not from the cache. */
const seen = () =>
  inGuest(
    address,
    "echo 3 > /proc/sys/vm/drop_caches; cd /root; cat *.sum | sha256sum -c >&2 && cat /proc/sys/kernel/random/boot_id",
  );

const run = (host: string) => ["run", server.id, "--host", host, "--guest", GUEST()];

const running = () =>
  eventually("the disk is copied", 180, async () => {
    const [newest] = await cloud.compute.getMigrations({ instanceId: server.id, limit: 1 });
    return newest?.status === "running";
  });

it("a disk that grows while it is copied arrives with all that was written meanwhile: exit 0", async () => {
  const boot = await seen();
  const moving = startEngine(run(ELSEWHERE));
  await slowly(HOME, 4, async () => {
    await running();
    expect(await write("grown", 48)).toContain("written");
    expect((await cloud.compute.getServer(server.id)).taskState).toBe("migrating");
  });
  const { exitCode, record, stderr } = await moving.ended;
  expect([exitCode, record?.outcome, record?.kind], stderr).toEqual([0, "migrated", "live-local-disks"]);
  expect(await truth(cloud, server.id)).toEqual(wholeOn(ELSEWHERE, 0));
  expect(await seen()).toBe(boot);
});

it("a link that is cut while the disk is copied: told as Nova ends it, exit 0 or 4; the same command moves it", async () => {
  const boot = await seen();
  const [before, there] = [await migrationCount(cloud, server.id), await addressOn(HOME)];
  const moving = startEngine(run(HOME));
  await slowly(ELSEWHERE, 4, async () => {
    await running();
    // Between these two hosts alone: Nova's messages go by another.
    await onHost(ELSEWHERE, ["ip", "route", "add", "blackhole", `${there}/32`]);
    try {
      await new Promise((resolve) => setTimeout(resolve, CUT_FOR));
    } finally {
      await onHost(ELSEWHERE, ["ip", "route", "del", "blackhole", `${there}/32`]);
    }
  });
  const { exitCode, record, stderr } = await moving.ended;
  expect([0, 4], stderr).toContain(exitCode);
  const host = exitCode === 0 ? HOME : ELSEWHERE;
  expect(record?.current.host).toBe(host);
  expect(await truth(cloud, server.id)).toEqual(wholeOn(host, 0));
  expect(await seen()).toBe(boot);
  const again = await engine(run(HOME));
  expect(again.exitCode, again.stderr).toBe(0);
  expect(await truth(cloud, server.id)).toEqual(wholeOn(HOME, 0));
  expect(await seen()).toBe(boot);
  expect(await migrationCount(cloud, server.id)).toBe(before + (exitCode === 0 ? 1 : 2));
});

/** A host's address, by which the others send it guests. */
const addressOn = async (host: string) =>
  /inet ([\d.]+)/.exec(await onHost(host, ["ip", "-4", "address", "show", "dev", "eth0"]))?.[1] ?? "";
