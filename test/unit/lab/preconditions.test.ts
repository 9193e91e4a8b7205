import { describe, expect, test } from "vitest";
import { problems, type Facts } from "../../../lab/preconditions.ts";
import { choose, describe as describeLab } from "../../../lab/settings.ts";

const guest = describeLab(choose("guest", {}), "/srv/lab", {});
const fleet = describeLab(choose("fleet", {}), "/srv/fleet", {});
const GOOD: Facts = {
  uid: 0,
  architecture: "x64",
  system: "debian 12",
  tun: true,
  loop: true,
  namespaces: true,
  memoryMiB: 16_000,
  stateDiskMiB: 50_000,
  rootDiskMiB: 50_000,
  packagesMissing: 40,
  owner: undefined,
  addresses: [{ name: "eth0", address: "192.168.1.7" }],
};

describe("preconditions", () => {
  test("a good machine has none missing", () => {
    expect(problems(guest, GOOD)).toEqual([]);
    expect(problems(fleet, GOOD)).toEqual([]);
  });

  test.each<[string, Partial<Facts>, RegExp]>([
    ["not root", { uid: 1000 }, /not root/],
    ["another system", { system: "ubuntu 24.04" }, /not Debian 12 but ubuntu 24.04/],
    ["another processor", { architecture: "arm64" }, /x86-64/],
    ["no TUN", { tun: false }, /\/dev\/net\/tun/],
    ["no loop device", { loop: false }, /loop device/],
    ["no namespaces", { namespaces: false }, /CAP_SYS_ADMIN/],
    ["little memory", { memoryMiB: 2000 }, /2000 MiB of memory available, 5550 needed/],
    ["little disk", { stateDiskMiB: 10 }, /10 MiB free for \/srv\/lab/],
    ["little disk for packages", { rootDiskMiB: 10 }, /10 MiB free in \//],
    ["another lab", { owner: "/elsewhere/.state/lab" }, /LAB_STATE=\/elsewhere\/\.state\/lab/],
    ["the network is taken", { addresses: [{ name: "eth1", address: "10.77.0.9" }] }, /eth1 .*LAB_NETWORK/],
    [
      "the provider network is taken",
      { addresses: [{ name: "wg0", address: "10.78.0.9" }] },
      /wg0 .*LAB_PROVIDER_NETWORK/,
    ],
  ])("%s is named", (_, fact, message) => {
    const found = problems(guest, { ...GOOD, ...fact });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test("all are listed at once", () => {
    const bad = { ...GOOD, uid: 1, system: "alpine 3", tun: false, loop: false, memoryMiB: 1, stateDiskMiB: 1 };
    expect(problems(guest, bad)).toHaveLength(6);
  });

  test("the fleet needs neither TUN nor loop devices", () => {
    expect(problems(fleet, { ...GOOD, tun: false, loop: false })).toEqual([]);
  });

  test("a lab that is up has its memory already, and its own addresses are no conflict", () => {
    const own = [{ name: "labcl0", address: "10.77.0.254" }];
    expect(problems(guest, { ...GOOD, owner: "/srv/lab", memoryMiB: 100, addresses: own })).toEqual([]);
  });

  test("another lab's addresses are not named a second time", () => {
    const other = [{ name: "labcl0", address: "10.77.0.254" }];
    expect(problems(guest, { ...GOOD, owner: "/elsewhere", addresses: other })).toHaveLength(1);
  });

  test("disk for packages is not asked for when all are there", () => {
    expect(problems(guest, { ...GOOD, packagesMissing: 0, rootDiskMiB: 10 })).toEqual([]);
  });

  test("a path too long for sockets is refused", () => {
    const deep = describeLab(choose("guest", {}), `/${"x".repeat(90)}`, {});
    expect(problems(deep, GOOD)[0]).toMatch(/LAB_STATE/);
  });
});
