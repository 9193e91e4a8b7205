import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labApi } from "../../../lab/api.ts";
import { networkingOf } from "../../../lab/networking/index.ts";
import { listens } from "../../../lab/wait.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { testedRelease } from "../../support/environment.ts";
import { connectLab, eventually, inGuest, truth, wholeOn } from "../../support/lab/cloud.ts";
import { RealGuest } from "../../support/lab/real-guest.ts";
import { engine } from "../../support/lab/run-engine.ts";
import { allow, securityGroup } from "../../support/lab/security-group.ts";

const SSH = 22;
/** A server answers on each of these in the guest; the group lets one in. */
const [OPEN, CLOSED] = [8080, 9090];

let cloud: Cloud;
beforeAll(async () => {
  cloud = await connectLab();
});
afterAll(() => cloud.session.close());

/** What reaches the guest from outside. */
const reached = async ({ address }: RealGuest) => ({
  [OPEN]: await listens(address, OPEN),
  [CLOSED]: await listens(address, CLOSED),
});

describe.runIf(networkingOf({ profile: "guest", release: testedRelease() }).portSecurity)("a security group", () => {
  it("passes allowed traffic and blocks other traffic before a move, after it, and when its rules change", async () => {
    const api = await labApi();
    const group = await securityGroup(api, "release-test", [SSH, OPEN]);
    let guest: RealGuest | undefined;
    try {
      // The engine looks at the guest by ssh and ping.
      await allow(api, group.id, { protocol: "icmp" });
      const server = { security_groups: [{ name: group.name }] };
      guest = await RealGuest.make(cloud, "filtered", "node-27", { dataVolumes: 0, server });
      const { id, address, check } = guest;
      await inGuest(address, `for port in ${OPEN} ${CLOSED}; do httpd -p $port -h /etc; done`);
      // Both answer inside: it is the group that blocks one of them.
      await inGuest(
        address,
        `for port in ${OPEN} ${CLOSED}; do wget -q -O /dev/null http://127.0.0.1:$port/hostname; done`,
      );
      const filtered = { [OPEN]: true, [CLOSED]: false };
      expect(await reached(guest)).toEqual(filtered);

      const moved = await engine(["run", id, "--host", "node-31", "--guest", check]);
      expect([moved.exitCode, moved.record?.outcome], moved.stderr).toEqual([0, "migrated"]);
      expect(await truth(cloud, id)).toEqual(wholeOn("node-31", 1));
      expect(await reached(guest)).toEqual(filtered);

      const withdraw = await allow(api, group.id, { protocol: "tcp", port_range_min: CLOSED, port_range_max: CLOSED });
      await eventually("a new rule lets traffic in", 60, () => listens(address, CLOSED));
      await withdraw();
      await eventually("traffic is blocked again", 60, async () => !(await listens(address, CLOSED)));
      expect(await reached(guest)).toEqual(filtered);
    } finally {
      await guest?.remove();
      await group.remove();
    }
  });
});
