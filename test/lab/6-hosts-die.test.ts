import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { becomes, labApi, onHost, service } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { connectLab, eventually, inGuest, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { engine, startEngine, type EngineResult, type RunningEngine } from "../support/lab/run-engine.ts";
import { RealGuest, slowly } from "../support/lab/real-guest.ts";

const WAITING =
  /^waiting up to \d+ s for Neutron, Cinder and Placement to follow: port-bound of .*: bound to node-31, DOWN instead of/m;

let cloud: Cloud;
let guest: RealGuest;

beforeAll(async () => {
  cloud = await connectLab();
  guest = await RealGuest.make(cloud, "hosts-die", "node-28");
});
afterAll(async () => {
  // Where a test has failed: Nova deletes the guest where it believes it to be; one that runs elsewhere keeps its volumes.
  await onHost("node-31", ["virsh", "destroy", guest.domain]).catch(() => undefined);
  await guest.remove();
  await cloud.session.close();
});

/**
 * Moves the guest over a slow link, and has something break once its memory is on the way.
 * @param look Whether the guest can be looked at after it: where Nova did not end the move, its port may be dead.
 */
async function brokenMidway(
  source: string,
  destination: string,
  fault: (run: RunningEngine) => Promise<void>,
  look = true,
): Promise<EngineResult> {
  const before = await migrationCount(cloud, guest.id);
  const result = await slowly(source, 6, async () => {
    const run = startEngine(["run", guest.id, "--host", destination, ...(look ? ["--guest", guest.check] : [])]);
    await guest.midway(source);
    await fault(run);
    return await run.ended;
  });
  // Whatever came of it, it was asked for once, and nothing in the guest is lost.
  expect(await migrationCount(cloud, guest.id)).toBe(before + 1);
  if (look) expect(await guest.look()).toBe(guest.saw);
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
    const { exitCode, record } = await brokenMidway(
      "node-28",
      "node-31",
      async () => {
        const compute = service("node-28.nova-compute");
        await compute.killAndHold();
        try {
          await eventually("the guest has arrived", 90, async () => (await guest.stateOn("node-28")) === "");
        } finally {
          await compute.start();
        }
      },
      false,
    );
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

  it("is made whole as docs/operations.md says: by one restart and one more move, with nothing of the volumes lost", async () => {
    const api = await labApi();
    const [failed] = await cloud.compute.getMigrations({ instanceId: guest.id, migrationType: "live-migration" });
    await onHost("node-31", ["virsh", "destroy", guest.domain]);
    await api.call("compute", "POST", `/servers/${guest.id}/action`, { reboot: { type: "HARD" } });
    await becomes(api, guest.id, "ACTIVE");
    await eventually("the guest answers", 120, () =>
      inGuest(guest.address, "mount | grep -q /mnt/vol01 && echo yes").catch(() => undefined),
    );
    const [bootBefore, checksumBefore] = guest.saw.split("\n");
    await guest.lookAnew();
    expect(guest.saw).not.toContain(bootBefore);
    expect(guest.saw).toContain(checksumBefore);
    expect(await deleteSpareAttachments()).toEqual({ deleted: 2, kept: 2 });
    const path = `/allocations/${failed?.uuid ?? ""}`;
    await cloud.session.request("placement", { method: "DELETE", path, microversion: "1.28" });
    await onHost("node-31", ["rm", "-r", `/var/lib/nova/instances/${guest.id}`]);
    // Else Neutron refuses (409) the binding for the next move, which Nova tells as "No valid host".
    const { ports } = await api.call<{ ports: { id: string }[] }>("network", "GET", `/ports?device_id=${guest.id}`);
    for (const { id } of ports) await api.call("network", "DELETE", `/ports/${id}/bindings/node-31`);

    const { exitCode, record } = await engine(["run", guest.id, "--host", "node-31", "--guest", guest.check]);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-31", 2));
    expect(await guest.look()).toBe(guest.saw);
  });

  /** Cinder keeps those that Nova counts on, and says so with 409. */
  async function deleteSpareAttachments(): Promise<{ deleted: number; kept: number }> {
    const api = await labApi();
    const list = `/attachments?all_tenants=1&instance_id=${guest.id}`;
    const { attachments } = await api.call<{ attachments: { id: string }[] }>("volume", "GET", list);
    let kept = 0;
    for (const { id } of attachments) {
      await api.call("volume", "DELETE", `/attachments/${id}`).catch((error: unknown) => {
        if (!String(error).includes("ConflictNovaUsingAttachment")) throw error;
        kept++;
      });
    }
    return { deleted: attachments.length - kept, kept };
  }
});

it("a destination whose nova-compute is killed midway, and back before the end: it arrives", async () => {
  const { exitCode, record } = await brokenMidway("node-31", "node-28", async () => {
    await service("node-28.nova-compute").killAndHold();
    await service("node-28.nova-compute").start();
  });
  expect([exitCode, record?.summary]).toEqual([0, expect.stringContaining("moved live from node-31 to node-28")]);
  expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-28", 2));
});

it("a destination whose Neutron agent is away at the end, and back after it: the port is waited for, exit 0", async () => {
  const agent = service("node-31.linuxbridge-agent");
  let back: Promise<void> | undefined;
  try {
    const { exitCode, record, stderr } = await brokenMidway("node-28", "node-31", async (run) => {
      await agent.killAndHold();
      back = run.says(WAITING).then(() => agent.start());
    });
    expect(stderr).toMatch(WAITING);
    expect([exitCode, record?.summary]).toEqual([0, expect.stringContaining("moved live from node-28 to node-31")]);
    expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-31", 2));
  } finally {
    await back;
    await agent.start();
  }
});
