/** What `lab/8-cold` plays by `pulumi up`, by the command line: its exit code and its record. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, eventually, inGuest, truth, wholeOn } from "../../support/lab/cloud.ts";
import { RealGuest, SILENT_ONCE } from "../../support/lab/real-guest.ts";
import { engine, GUEST } from "../../support/lab/run-engine.ts";

const [HOME, ELSEWHERE] = ["node-28", "node-31"];
const CHECKSUM = "sha256sum /mnt/vol01/data";

let cloud: Cloud;
let guest: RealGuest;
beforeAll(async () => {
  cloud = await connectLab();
  guest = await RealGuest.make(cloud, "silent-vm01", HOME);
});
afterAll(async () => {
  await guest.remove();
  await cloud.session.close();
});

it("is taken back and verified on its source where its guest does not answer after a cold move: exit 4", async () => {
  const before = await inGuest(guest.address, CHECKSUM);
  await inGuest(guest.address, SILENT_ONCE);
  const check = GUEST({ waitSeconds: 60 });
  const { exitCode, record, stderr } = await engine(["run", guest.id, "--host", ELSEWHERE, "--cold", "--guest", check]);
  expect([exitCode, record?.outcome, record?.confirmation], stderr).toEqual([4, "failed", "reverted"]);
  expect(record?.summary).toContain("guest-reachable");
  expect(record?.current.host).toBe(HOME);
  expect(await truth(cloud, guest.id)).toEqual(wholeOn(HOME, 2));
  const after = await eventually("the guest answers", 120, () =>
    inGuest(guest.address, CHECKSUM).catch(() => undefined),
  );
  expect(after).toBe(before);
});
