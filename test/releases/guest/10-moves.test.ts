import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labApi } from "../../../lab/api.ts";
import { RELEASES } from "../../../lab/releases/index.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { testedRelease } from "../../support/environment.ts";
import { connectLab, eventually, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { RealGuest } from "../../support/lab/real-guest.ts";
import { engine } from "../../support/lab/run-engine.ts";

const release = RELEASES[testedRelease()];
let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

/** Neutron's status of each of a server's ports. */
async function ports(id: string): Promise<string[]> {
  const api = await labApi();
  const answer = await api.call<{ ports: { status: string }[] }>("network", "GET", `/ports?device_id=${id}`);
  return answer.ports.map(({ status }) => status);
}

const portIsActive = (id: string) =>
  eventually("the port is ACTIVE", 60, async () => (await ports(id)).every((status) => status === "ACTIVE"));

describe(`a real guest on ${release.title}`, () => {
  it("moves across zones and back with its boot volume alone (Case 1), verified inside and out", async () => {
    const guest = await RealGuest.make(cloud, "case-1", "node-27", { dataVolumes: 0 });
    try {
      for (const [i, host] of ["node-31", "node-27"].entries()) {
        const { exitCode, record, stderr } = await engine(["run", guest.id, "--host", host, "--guest", guest.check]);
        expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
        expect(record?.checks.find(({ check }) => check === "guest-not-rebooted")).toMatchObject({ outcome: "passed" });
        expect(record?.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
        expect(await truth(cloud, guest.id)).toEqual(wholeOn(host, 1));
        expect(await migrationCount(cloud, guest.id)).toBe(i + 1);
        expect(await guest.stateOn(host)).toBe("running");
        expect(await guest.look()).toBe(guest.saw);
        await portIsActive(guest.id);
      }
    } finally {
      await guest.remove();
    }
  });

  it("moves with a mounted data volume (Case 2), whose data is whole", async () => {
    const guest = await RealGuest.make(cloud, "case-2", "node-28", { dataVolumes: 1 });
    try {
      const { exitCode, record, stderr } = await engine(["run", guest.id, "--host", "node-31", "--guest", guest.check]);
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      const passed = record?.checks.filter(({ outcome }) => outcome === "passed").map(({ check }) => check);
      expect(passed).toEqual(expect.arrayContaining(["volume-attached-once", "guest-block-devices", "port-bound"]));
      expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-31", 2));
      expect(await guest.look()).toBe(guest.saw);
      await portIsActive(guest.id);
    } finally {
      await guest.remove();
    }
  });

  it("moves when it was booted from an image and its disk lies on its host", async () => {
    const api = await labApi();
    const flavor = { name: "release.disk", vcpus: 1, ram: 128, disk: 1 };
    const made = await api.call<{ flavor: { id: string } }>("compute", "POST", "/flavors", { flavor });
    const wish = { dataVolumes: 0, localDisk: true, flavor: flavor.name };
    const guest = await RealGuest.make(cloud, "image-booted", "node-27", wish);
    try {
      const { exitCode, record, stderr } = await engine(["run", guest.id, "--host", "node-28", "--guest", guest.check]);
      expect([exitCode, record?.outcome], stderr).toEqual([0, "migrated"]);
      expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-28", 0));
      expect(await guest.look()).toBe(guest.saw);
    } finally {
      await guest.remove();
      await api.call("compute", "DELETE", `/flavors/${made.flavor.id}`);
    }
  });
});
