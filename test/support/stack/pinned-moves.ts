import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RELEASES } from "../../../lab/releases/index.ts";
import type { GuestCheck } from "../../../migration/contract/settings.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { atLeast, type Microversion } from "../../../openstack/http/microversion.ts";
import { testedRelease } from "../environment.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../lab/cloud.ts";
import { FLEET_DEFAULTS, Stack } from "./stack.ts";

interface PinnedMove {
  /** Host in zone nova. */
  home: string;
  /** Host in zone nova2. */
  away: string;
  /** How the guest is looked into; undefined: there is none. */
  guest?: () => Partial<GuestCheck>;
  /** Runs `body` while every move of the server to `away` fails. */
  failing: (serverId: string, body: () => Promise<void>) => Promise<void>;
}

const unpins = atLeast(RELEASES[testedRelease()].computeApi as Microversion, "2.104");

/** Declares the tests of a pinned server that `pulumi up` unpins for its move, where the release's Nova can do that. */
export function testPinnedMoves({ home, away, guest, failing }: PinnedMove): void {
  describe.runIf(unpins)("`pulumi up` of a pinned server with `azPin: unpin`", () => {
    const NAME = "pinned";
    let cloud: Cloud;
    let stack: Stack;
    let id: string;

    beforeAll(async () => {
      cloud = await connectLab();
      const defaults = { ...FLEET_DEFAULTS, migration: { azPin: "unpin" }, ...(guest && { guest: guest() }) };
      const config = { defaults, servers: { [NAME]: {} } };
      stack = await Stack.open({ name: `pinned-${testedRelease()}`, fresh: true, config });
      id = (await stack.place({ [NAME]: home }))[NAME]?.id ?? "";
      await cloud.compute.setPinnedAvailabilityZone(id, "nova");
    });
    afterAll(async () => {
      await stack.destroy();
      await cloud.session.close();
    });

    const pin = async () => (await cloud.compute.getServer(id)).pinnedAvailabilityZone;

    it("leaves it pinned to its own zone when the move fails", async () => {
      await stack.configure({ [NAME]: away });
      await failing(id, async () => {
        const failed = await stack.up();
        expect(failed.exitCode).not.toBe(0);
        expect(failed.stdout + failed.stderr).toContain(`It is intact on ${home}`);
      });
      expect(await migrationCount(cloud, id)).toBe(1);
      expect(await truth(cloud, id)).toEqual(wholeOn(home, 1));
      expect(await pin()).toBe("nova");
    });

    it("moves it across zones and pins it to the new one", async () => {
      const up = await stack.up();
      expect(up.exitCode, up.stdout + up.stderr).toBe(0);
      const moved = (await stack.servers())[NAME];
      expect(moved).toMatchObject({ id, host: away, availabilityZone: "nova2", migration: { outcome: "migrated" } });
      const failed = moved?.migration.checks.filter(({ outcome }) => outcome === "failed");
      expect(failed).toEqual([]);
      if (guest) {
        const rebooted = moved?.migration.checks.find(({ check }) => check === "guest-not-rebooted");
        expect(rebooted?.outcome).toBe("passed");
      }
      expect(await truth(cloud, id)).toEqual(wholeOn(away, 1));
      expect(await pin()).toBe("nova2");
    });
  });
}
