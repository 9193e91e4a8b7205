import { describe, expect, test } from "vitest";
import type { GuardedServer } from "../../../../components/guard/server-guard.ts";
import { ServerGuard } from "../../../../components/guard/server-guard.ts";
import type { StackResources } from "../../../../components/state/stack-state.ts";
import type { WantedServer } from "../../../../components/guard/server-changes.ts";
import type { DiskUse } from "../../../../migration/guest/disk-use.ts";

const PARENT = "urn:pulumi:test::p::openstack-live-migration:index:VolumeBackedServer";
const URN = `${PARENT}$openstack:compute/instance:Instance::vm`;
const volume = (size: number) => ({
  type: "openstack:blockstorage/volume:Volume",
  outputs: { size, volumeType: "fast" },
});
const attachment = (volumeId: string, instanceId = "s1") => ({ type: "a", outputs: { instanceId, volumeId } });
const STATE: StackResources = {
  [URN]: {
    type: "i",
    outputs: {
      id: "s1",
      flavorName: "small",
      keyPair: "mine",
      // sha1 of "data"
      userData: "a17c9aaa61e80a1bf71d0d850af4e5baa9800bbd",
      schedulerHints: [{ group: "g1" }],
      networks: [{ name: "flat", uuid: "n1", port: "", fixedIpV4: "10.0.0.5" }],
      accessIpV4: "10.0.0.5",
      blockDevices: [{ uuid: "boot-id" }],
    },
  },
  [`${PARENT}$openstack:blockstorage/volume:Volume::vm-boot`]: volume(2),
  [`${PARENT}$openstack:blockstorage/volume:Volume::vm-data`]: volume(2),
  [`${PARENT}$openstack:compute/volumeAttach:VolumeAttach::vm-data`]: attachment("data-id"),
  // Of another server, whose name begins alike.
  [`${PARENT}$openstack:compute/volumeAttach:VolumeAttach::vm-2-data`]: attachment("other-id", "s2"),
};
const VOLUME = { volumeId: null, sizeGiB: 2, volumeType: null };
const WANTED: WantedServer = {
  flavor: "small",
  keyPair: "mine",
  userData: "data",
  serverGroupId: "g1",
  networks: [{ name: "flat" }],
  bootVolume: VOLUME,
  dataVolumes: { data: VOLUME },
  allowReplacement: false,
  allowRestart: false,
};

const ASKED = { name: "vm", urn: URN, guest: null, forceDetach: [] };

const judge = async (
  wanted: Partial<WantedServer>,
  use?: DiskUse,
  over: Partial<GuardedServer> = {},
  state = STATE,
) => {
  const guard = new ServerGuard({
    resources: () => Promise.resolve(state),
    disks: (_, address, ids) => {
      expect([address, ids]).toEqual(["10.0.0.5", ["data-id"]]);
      return Promise.resolve(ids.map(() => use ?? { state: "unknown", reason: "asked without need" }));
    },
  });
  const asked = { ...ASKED, wanted: { ...WANTED, ...wanted }, ...over };
  const { problems, lines } = await guard.judge(asked);
  return { paths: problems.map(({ path }) => path), problems, lines: lines.map(({ text }) => text) };
};

describe("a change of a server that exists", () => {
  test.each<[string, Partial<WantedServer>, string[]]>([
    ["nothing", {}, []],
    ["a network by its id instead of its name", { networks: [{ id: "n1", fixedIp: "10.0.0.5" }] }, []],
    ["what only `up` will know", { flavor: undefined, networks: undefined, keyPair: undefined }, []],
    [
      "growing volumes",
      { bootVolume: { ...VOLUME, sizeGiB: 3 }, dataVolumes: { data: { ...VOLUME, sizeGiB: 9 } } },
      [],
    ],
    ["the volume type that it has", { bootVolume: { ...VOLUME, volumeType: "fast" } }, []],
    ["a new data volume", { dataVolumes: { data: VOLUME, more: VOLUME } }, []],
    ["another flavor", { flavor: "large" }, ["vm.flavor"]],
    ["another flavor that may restart it", { flavor: "large", allowRestart: true }, []],
    ["no key pair any more", { keyPair: null }, ["vm.keyPair"]],
    ["other user data", { userData: "other" }, ["vm.userData"]],
    ["no server group any more", { serverGroupId: null }, ["vm.serverGroupId"]],
    ["another network", { networks: [{ name: "other" }] }, ["vm.networks.0"]],
    ["a network more", { networks: [{ name: "flat" }, { name: "other" }] }, ["vm.networks.1"]],
    ["a smaller boot volume", { bootVolume: { ...VOLUME, sizeGiB: 1 } }, ["vm.bootVolume.sizeGiB"]],
    ["another type", { dataVolumes: { data: { ...VOLUME, volumeType: "x" } } }, ["vm.dataVolumes.data.volumeType"]],
    ["an existing volume", { bootVolume: { ...VOLUME, volumeId: "boot-id" } }, ["vm.bootVolume.volumeId"]],
    [
      "all of it, where the server may be replaced: volumes are no part of that",
      { keyPair: null, networks: [], dataVolumes: { data: { ...VOLUME, sizeGiB: 1 } }, allowReplacement: true },
      ["vm.dataVolumes.data.sizeGiB"],
    ],
  ])("%s", async (_, wanted, paths) => {
    expect((await judge(wanted)).paths).toEqual(paths);
  });

  test("is refused in words that say what it would do, and what to do instead", async () => {
    const { problems } = await judge({
      flavor: "large",
      keyPair: "other",
      bootVolume: { volumeId: null, sizeGiB: 1, volumeType: "slow" },
      dataVolumes: { data: { ...VOLUME, volumeId: "another" } },
    });
    expect(problems.map(({ path, problem, fix }) => `${path}: ${problem}. Fix: ${fix}`)).toEqual([
      "vm.flavor: the server is a small: another flavor resizes it, which restarts the guest, and the scheduler may put it on another host. Fix: put small back; or, if the guest may restart now, set allowRestart: true for this update",
      "vm.keyPair: the server was made with mine: a change would replace the running server by another one. Fix: put it back (docs/changes.md explains how to recreate a server on its volumes)",
      "vm.bootVolume.sizeGiB: the volume has 2 GiB: a volume cannot shrink, and another one would be empty. Fix: give 2 or more",
      "vm.bootVolume.volumeType: the volume is of type fast: with another type a new, empty volume would take its place. Fix: put fast back; after `cinder retype` by hand, `pulumi refresh` first",
      "vm.dataVolumes.data.volumeId: the server has a volume of this stack's own data-id here. Fix: give another volume a name of its own; this one is detached when its own entry is removed",
    ]);
  });

  test("reports a network that someone attached by hand, and does not stop", async () => {
    const { paths, lines } = await judge({ networks: [] });
    expect(paths).toEqual([]);
    expect(lines).toEqual(["vm: the server is also on network flat, which is not declared; it stays as it is"]);
  });

  test("an imported server, whose boot volume the provider cannot tell, is left alone", async () => {
    const outputs = { ...STATE[URN]?.outputs, blockDevices: [] };
    const own = `${PARENT}$openstack:blockstorage/volume:Volume::vm-boot`;
    const others = Object.fromEntries(Object.entries(STATE).filter(([urn]) => urn !== own));
    const state = { ...others, [URN]: { type: "i", outputs } };
    const bootVolume = { volumeId: "boot-id", sizeGiB: null, volumeType: null };
    expect((await judge({ bootVolume }, undefined, {}, state)).paths).toEqual([]);
  });

  test("a server that boots from an image is refused whatever is declared, and a way to declare it is named", async () => {
    const imageId = "0b6b2a1e-6d0e-4f4f-9f0c-1d2c3b4a5f60";
    const outputs = { ...STATE[URN]?.outputs, imageId, blockDevices: [] };
    const state = { ...STATE, [URN]: { type: "i", outputs } };
    const { problems } = await judge({ flavor: "large" }, undefined, {}, state);
    expect(problems).toEqual([
      {
        path: "vm.bootVolume",
        value: imageId,
        problem: expect.stringContaining("boots from an image") as string,
        fix: expect.stringContaining("examples/own-instance") as string,
      },
    ]);
    const volumeBacked = { ...outputs, imageId: "Attempt to boot from volume - no image supplied" };
    const other = { ...STATE, [URN]: { type: "i", outputs: volumeBacked } };
    expect((await judge({}, undefined, {}, other)).problems).toEqual([]);
  });

  test.each([
    ["shutoff", { powerState: "shutoff" }],
    ["shelved_offloaded", { powerState: "shelved_offloaded" }],
    ["active", {}],
    // Read in the middle of a move: the provider refuses it, were it said.
    ["migrating", {}],
    ["error", {}],
  ])("a server that was last %s stays as it is: what the program says of it is %j", async (powerState, said) => {
    const outputs = { ...STATE[URN]?.outputs, powerState };
    const guard = new ServerGuard({ resources: () => Promise.resolve({ ...STATE, [URN]: { type: "i", outputs } }) });
    const { problems, lines, ...rest } = await guard.judge({ ...ASKED, wanted: WANTED });
    expect([problems, lines, rest]).toEqual([[], [], said]);
  });

  test("user data is never shown", async () => {
    expect(JSON.stringify((await judge({ userData: "hunter2" })).problems)).not.toContain("hunter2");
  });

  test("a server that does not exist yet is not judged", async () => {
    expect((await judge({ flavor: "large" }, undefined, { urn: `${URN}-new` })).paths).toEqual([]);
  });
});

describe("a data volume that is no more declared", () => {
  const gone = { dataVolumes: {} };
  test("is detached where the guest does not use it, and kept", async () => {
    const { paths, lines } = await judge(gone, { state: "free" });
    expect(paths).toEqual([]);
    expect(lines).toEqual(["data (data-id) is detached from vm; it is kept in Cinder; the guest does not use it"]);
  });

  test("is deleted only where the last `up` was told that nothing is protected", async () => {
    const state = { ...STATE, [`${PARENT}::vm`]: { type: "c", outputs: { protected: false } } };
    expect((await judge(gone, { state: "free" }, {}, state)).lines[0]).toContain("it is deleted");
  });

  test.each<[DiskUse, string, RegExp]>([
    [
      { state: "in-use", by: ["mounted on /mnt"] },
      "the volume would be detached, but the guest uses it (mounted on /mnt)",
      /the guest uses it \(mounted on \/mnt\)/,
    ],
    [
      { state: "unknown", reason: "no ssh" },
      "the volume would be detached, but not checked: whether the guest uses it: no ssh",
      /not checked.* whether the guest uses it: no ssh/,
    ],
  ])("is refused where %j, unless its user insists", async (use, problem, words) => {
    const { paths, problems } = await judge(gone, use);
    expect(paths).toEqual(["vm.dataVolumes.data"]);
    expect(problems[0]?.problem).toBe(problem);
    expect((await judge(gone, use, { forceDetach: ["other"] })).paths).toEqual(paths);
    const forced = await judge(gone, use, { forceDetach: ["data"] });
    expect(forced.paths).toEqual([]);
    expect(forced.lines[0]).toMatch(words);
  });
});

describe("the word of the guard", () => {
  const problem = { path: "vm.flavor", value: "x", problem: "p", fix: "f" };
  const found = (problems: (typeof problem)[]) => Promise.resolve({ problems, lines: [] });

  test("lets no server go while another one is refused, and tells all problems once", async () => {
    const failed: string[] = [];
    const guard = new ServerGuard({ fail: (error) => failed.push(error.message) });
    const passed: string[] = [];
    void guard.admit(found([]), true).then(() => passed.push("good"));
    void guard.admit(found([problem]), true).then(() => passed.push("bad"));
    void guard.admit(found([{ ...problem, path: "vm2.flavor" }]), true).then(() => passed.push("bad"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(passed).toEqual([]);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatch(/^2 problems[^]*vm\.flavor[^]*vm2\.flavor/);
  });

  test("is no, with one message and its fix, while the stack's last state cannot be read", async () => {
    const failed: string[] = [];
    const guard = new ServerGuard({
      resources: () => Promise.reject(new Error("failed to load checkpoint: EOF")),
      fail: (error) => failed.push(error.message),
    });
    for (const name of ["vm", "vm2"]) void guard.admit(guard.judge({ ...ASKED, name, wanted: WANTED }), true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatch(/^1 problem[^]*the stack's last state/);
    expect(failed[0]).toContain(
      "cannot be read, so the effect of a change on running servers is unknown: failed to load checkpoint: EOF",
    );
    expect(failed[0]).toMatch(/fix: +check the stack's backend, then run this again/);
  });

  test("does not let a server wait for others whose arguments may wait for it", async () => {
    const guard = new ServerGuard();
    void guard.admit(new Promise(() => undefined), true);
    await guard.admit(found([]), false);
  });
});
