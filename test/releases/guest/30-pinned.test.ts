import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onHost } from "../../../lab/api.ts";
import { RELEASES } from "../../../lab/releases/index.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { atLeast, type Microversion } from "../../../openstack/http/microversion.ts";
import { testedRelease } from "../../support/environment.ts";
import { connectLab, truth, wholeOn } from "../../support/lab/cloud.ts";
import { RealGuest } from "../../support/lab/real-guest.ts";
import { engine } from "../../support/lab/run-engine.ts";

const unpins = atLeast(RELEASES[testedRelease()].computeApi as Microversion, "2.104");

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

const pinOf = async (id: string) => (await cloud.compute.getServer(id)).pinnedAvailabilityZone;

describe.runIf(unpins)("a pinned real guest that is unpinned for its move", () => {
  const unpin = (guest: RealGuest) =>
    engine(["run", guest.id, "--host", "node-31", "--az-pin", "unpin", "--guest", guest.check]);

  it("is pinned to its own zone again when the move failed, and to the new one when it arrived", async () => {
    const server = { availability_zone: "nova:node-27" };
    const guest = await RealGuest.make(cloud, "pinned", "node-27", { dataVolumes: 0, server });
    try {
      expect(await pinOf(guest.id)).toBe("nova");
      // The destination's libvirt cannot be reached from the source.
      const cut = ["INPUT", "-p", "tcp", "--dport", "16509", "-j", "REJECT", "--reject-with", "tcp-reset"];
      await onHost("node-31", ["iptables", "-I", ...cut]);
      try {
        const failed = await unpin(guest);
        expect([failed.exitCode, failed.record?.outcome], failed.stderr).toEqual([4, "failed"]);
      } finally {
        await onHost("node-31", ["iptables", "-D", ...cut]);
      }
      expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-27", 1));
      expect(await guest.look()).toBe(guest.saw);
      expect(await pinOf(guest.id)).toBe("nova");

      const moved = await unpin(guest);
      expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
      expect(await truth(cloud, guest.id)).toEqual(wholeOn("node-31", 1));
      expect(await guest.look()).toBe(guest.saw);
      expect(await pinOf(guest.id)).toBe("nova2");
    } finally {
      await guest.remove();
    }
  });
});
