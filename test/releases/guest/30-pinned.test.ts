import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labPaths, onHost } from "../../../lab/api.ts";
import { RELEASES } from "../../../lab/releases/index.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { atLeast, type Microversion } from "../../../openstack/http/microversion.ts";
import { GUEST_ZONES, testedRelease } from "../../support/environment.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { FLEET_DEFAULTS, Stack } from "../../support/stack/stack.ts";

const unpins = atLeast(RELEASES[testedRelease()].computeApi as Microversion, "2.104");

describe.runIf(unpins)("`pulumi up` of a pinned real guest with `azPin: unpin`", () => {
  const [NAME, HOME, AWAY] = ["pinned", "node-27", "node-31"];
  let cloud: Cloud;
  let stack: Stack;
  let id: string;

  beforeAll(async () => {
    cloud = await connectLab();
    stack = await Stack.open({
      name: `pinned-${testedRelease()}`,
      fresh: true,
      config: {
        zones: GUEST_ZONES,
        defaults: {
          ...FLEET_DEFAULTS,
          guest: { user: "root", identityFile: labPaths().guestKey },
          migration: { azPin: "unpin" },
        },
        servers: { [NAME]: {} },
      },
    });
    id = (await stack.place({ [NAME]: HOME }))[NAME]?.id ?? "";
    await cloud.compute.setPinnedAvailabilityZone(id, "nova");
  });
  afterAll(async () => {
    await stack.destroy();
    await cloud.session.close();
  });

  const pin = async () => (await cloud.compute.getServer(id)).pinnedAvailabilityZone;

  it("leaves it pinned to its own zone when the move fails", async () => {
    await stack.configure({ [NAME]: AWAY });
    // The destination's libvirt cannot be reached from the source.
    const cut = ["INPUT", "-p", "tcp", "--dport", "16509", "-j", "REJECT", "--reject-with", "tcp-reset"];
    await onHost(AWAY, ["iptables", "-I", ...cut]);
    try {
      const failed = await stack.up();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.stdout + failed.stderr).toContain("It is intact on node-27");
    } finally {
      await onHost(AWAY, ["iptables", "-D", ...cut]);
    }
    expect(await migrationCount(cloud, id)).toBe(1);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
    expect(await pin()).toBe("nova");
  });

  it("moves it across zones and pins it to the new one", async () => {
    const up = await stack.up();
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    const moved = (await stack.servers())[NAME];
    expect(moved).toMatchObject({ id, host: AWAY, availabilityZone: "nova2", migration: { outcome: "migrated" } });
    expect(moved?.migration.checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(moved?.migration.checks.find(({ check }) => check === "guest-not-rebooted")?.outcome).toBe("passed");
    expect(await truth(cloud, id)).toEqual(wholeOn(AWAY, 1));
    expect(await pin()).toBe("nova2");
  });
});
