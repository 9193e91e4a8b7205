import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { becomes, labApi, onHost, service } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/cloud.ts";
import { engine, startEngine, type EngineResult } from "../support/engine.ts";
import { RealGuest, slowly } from "../support/real-guest.ts";

let cloud: Cloud;
let guest: RealGuest;

beforeAll(async () => {
  cloud = await connectLab();
  guest = await RealGuest.make(cloud, "hosts-die", "node-28");
});
afterAll(async () => {
  await guest.remove();
  await cloud.session.close();
});

/** Moves the guest over a slow link, and has something break once its memory is on the way. */
async function brokenMidway(source: string, destination: string, fault: () => Promise<void>): Promise<EngineResult> {
  const before = await migrationCount(cloud, guest.id);
  const result = await slowly(source, 6, async () => {
    const run = startEngine(["run", guest.id, "--host", destination, "--guest", guest.check]);
    await guest.midway(source);
    await fault();
    return await run.ended;
  });
  // Whatever came of it, it was asked for once, and nothing in the guest is lost.
  expect(await migrationCount(cloud, guest.id)).toBe(before + 1);
  expect(await guest.look()).toBe(guest.saw);
  return result;
}

it("a destination whose libvirtd is killed midway: exit 4, intact on the source", async () => {
  const { exitCode, record } = await brokenMidway("node-28", "node-31", () => service("node-31.libvirtd").kill());
  expect(record?.summary).toMatch(/to node-31 failed .*It is intact on node-28, each volume attached once/);
  expect(exitCode).toBe(4);
  expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-28", 2));
  // Nova disables a host that lost its libvirtd, and enables it again by itself.
  await eventually("node-31 is enabled", 60, async () => {
    const [found] = await cloud.compute.getServices({ binary: "nova-compute", host: "node-31" });
    return found?.state === "up" && found.status === "enabled";
  });
});

describe("a source whose nova-compute is killed midway, and back when the guest has arrived", () => {
  it("exits 5: Nova names the source, the guest runs on the destination, and the words keep it from being started", async () => {
    const { exitCode, record } = await brokenMidway("node-28", "node-31", async () => {
      const compute = service("node-28.nova-compute");
      await compute.killAndHold();
      try {
        await eventually("the guest has arrived", 90, async () => (await guest.stateOn("node-28")) === "");
      } finally {
        await compute.start();
      }
    });
    expect(exitCode).toBe(5);
    expect(record?.summary).toContain("NEEDS A HUMAN: its volumes are attached on two hosts; the guest runs on one of");
    expect(record?.summary).toContain("a start on the other would have two guests write to the same volumes");
    expect(record?.summary).toContain("Nova says that it is on node-28. Do not restart, migrate or evacuate it");
    expect(record?.summary).toContain("docs/operations.md");
    expect(await truth(cloud, guest.id)).toMatchObject({ status: "ACTIVE", taskState: null, host: "node-28" });
    // Step 1 of docs/operations.md.
    expect([await guest.stateOn("node-28"), await guest.stateOn("node-31")]).toEqual(["", "running"]);
  });

  it("refuses to move it again, and nothing is sent", async () => {
    const before = await migrationCount(cloud, guest.id);
    const { exitCode, record } = await engine(["run", guest.id, "--host", "node-31"]);
    expect(exitCode).toBe(5);
    expect(record?.findings.map(({ code }) => code)).toContain("attached-twice");
    expect(await migrationCount(cloud, guest.id)).toBe(before);
  });

  it("is made whole on the source as docs/operations.md says: at the cost of a restart, with nothing of the volumes lost", async () => {
    const api = await labApi();
    await onHost("node-31", ["virsh", "destroy", guest.domain]);
    await api.call("compute", "POST", `/servers/${guest.id}/action`, { reboot: { type: "HARD" } });
    await becomes(api, guest.id, "ACTIVE");
    await eventually("the guest answers", 90, () =>
      inGuest(guest.address, "mount | grep -q /mnt/vol01 && echo yes").catch(() => undefined),
    );
    for (const { id } of await attachmentsOn("node-31")) await api.call("volume", "DELETE", `/attachments/${id}`);
    await giveBack();
    const { exitCode, record } = await engine(["verify", guest.id, "--host", "node-28"]);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-28", 2));
    const [bootId, checksum] = (await guest.look()).split("\n");
    const [bootBefore, checksumBefore] = guest.saw.split("\n");
    expect(checksum).toBe(checksumBefore);
    expect(bootId).not.toBe(bootBefore);
    await guest.lookAnew();
  });

  async function attachmentsOn(host: string): Promise<{ id: string }[]> {
    const api = await labApi();
    const path = `/attachments/detail?all_tenants=1&instance_id=${guest.id}`;
    const { attachments } = await api.call<{ attachments: { id: string; volume_id: string }[] }>("volume", "GET", path);
    const volumes = await cloud.blockStorage.getVolumes({ ids: attachments.map(({ volume_id }) => volume_id) });
    const there = volumes.flatMap((volume) => volume.attachments).filter(({ hostName }) => hostName === host);
    return there.map(({ attachmentId }) => ({ id: attachmentId ?? "" }));
  }

  /** Placement's side: the server's share back to the source, the migration's given back. */
  async function giveBack(): Promise<void> {
    const allocations = async (consumer: string) =>
      (
        await cloud.session.request("placement", {
          method: "GET",
          path: `/allocations/${consumer}`,
          microversion: "1.28",
        })
      ).body as Record<string, unknown> & { allocations: Record<string, { resources: Record<string, number> }> };
    const [migration] = await cloud.compute.getMigrations({ instanceId: guest.id, migrationType: "live-migration" });
    const held = await allocations(migration?.uuid ?? "");
    const [provider, share] = Object.entries(held.allocations)[0] ?? [];
    if (provider === undefined || share === undefined) throw new Error("the migration holds nothing");
    await cloud.session.request("placement", {
      method: "DELETE",
      path: `/allocations/${migration?.uuid ?? ""}`,
      microversion: "1.28",
    });
    const mine = await allocations(guest.id);
    await cloud.session.request("placement", {
      method: "PUT",
      path: `/allocations/${guest.id}`,
      body: { ...mine, allocations: { [provider]: { resources: share.resources } } },
      microversion: "1.28",
    });
  }
});

it("a destination whose nova-compute is killed midway, and back before the end: it arrives", async () => {
  const { exitCode, record } = await brokenMidway("node-28", "node-31", async () => {
    await service("node-31.nova-compute").killAndHold();
    await service("node-31.nova-compute").start();
  });
  expect([exitCode, record?.summary]).toEqual([0, expect.stringContaining("moved live from node-28 to node-31")]);
  expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-31", 2));
});
