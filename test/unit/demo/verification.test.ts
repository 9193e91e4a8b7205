import { describe, expect, test } from "vitest";

import type { MigrationRecord } from "../../../migration/contract/record.ts";
import type { Observation } from "../../../scripts/demo/observation.ts";
import { compare, recordProblems } from "../../../scripts/demo/verification.ts";

interface Change {
  server?: object;
  volumes?: object[];
  attachments?: Record<string, number>;
  guest?: object;
}

function observation({ server = {}, volumes, attachments, guest = {} }: Change = {}): Observation {
  return {
    server: {
      id: "s1",
      status: "ACTIVE",
      vmState: "active",
      taskState: null,
      availabilityZone: "nova",
      hypervisorHostname: "node-28",
      image: null,
      volumesAttached: [{ id: "v1" }, { id: "v2" }],
      ...server,
    },
    volumes: volumes ?? [{ status: "in-use" }, { status: "in-use" }],
    attachments: attachments ?? { v1: 1, v2: 1 },
    guest: {
      bootId: "b",
      lsblk: "NAME SIZE\nvda 1G\nvdb 1G",
      df: "Filesystem Size Used Avail Use% Mounted on\n/dev/vdb1 973M 24K 906M 1% /mnt/vol01",
      checksum: "c0ffee",
      ...guest,
    },
  } as unknown as Observation;
}

const THERE = { availabilityZone: "nova2", hypervisorHostname: "node-31" };
const DESTINATION = { host: "node-31", zone: "nova2" };
const wrong = (after: Observation): string[] =>
  compare(observation(), after, DESTINATION)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);

describe("what the demo itself sees", () => {
  test("holds when only the place changed, and how full the file system is", () => {
    const guest = { df: "Filesystem Size Used Avail Use% Mounted on\n/dev/vdb1 973M 30K 900M 2% /mnt/vol01" };
    expect(wrong(observation({ server: THERE, guest }))).toEqual([]);
  });

  test.each<[string, Change]>([
    ["id", { server: { ...THERE, id: "s2" } }],
    ["status", { server: { ...THERE, status: "ERROR" } }],
    ["vm_state", { server: { ...THERE, vmState: "stopped" } }],
    ["task_state", { server: { ...THERE, taskState: "migrating" } }],
    ["availability zone", { server: { ...THERE, availabilityZone: "nova" } }],
    ["hypervisor", { server: { ...THERE, hypervisorHostname: "node-28" } }],
    ["image", { server: { ...THERE, image: "i1" } }],
    ["volumes", { server: { ...THERE, volumesAttached: [{ id: "v1" }] } }],
    ["volumes' status", { server: THERE, volumes: [{ status: "in-use" }, { status: "available" }] }],
    ["attachments a volume", { server: THERE, attachments: { v1: 1, v2: 2 } }],
    ["boot id of the guest", { server: THERE, guest: { bootId: "another" } }],
    ["lsblk", { server: THERE, guest: { lsblk: "NAME SIZE\nvda 1G" } }],
    ["df: device, size, mount point", { server: THERE, guest: { df: "x\n/dev/vda1 973M 24K 906M 1% /" } }],
    ["SHA-256 of the file", { server: THERE, guest: { checksum: "bad" } }],
  ])("does not hold when this is wrong: %s", (what, change) => {
    expect(wrong(observation(change))).toEqual([what]);
  });

  test("asks for no data volume where there is none", () => {
    const without = { df: undefined, checksum: undefined };
    const facts = compare(observation({ guest: without }), observation({ server: THERE, guest: without }), DESTINATION);
    expect(facts.every(({ holds }) => holds)).toBe(true);
    expect(facts.map(({ what }) => what)).not.toContain("SHA-256 of the file");
  });

  test("misses a file that could not be read", () => {
    const unread = observation({ server: THERE, guest: { checksum: "" } });
    const facts = compare(observation({ guest: { checksum: "" } }), unread, DESTINATION);
    expect(facts.filter(({ holds }) => !holds).map(({ what }) => what)).toEqual(["SHA-256 of the file"]);
  });
});

describe("the engine's record", () => {
  const record = (change: Partial<MigrationRecord> = {}): MigrationRecord =>
    ({
      outcome: "migrated",
      summary: "…",
      current: { host: "node-31" },
      checks: [{ check: "pin", outcome: "not-checked" }],
      downtime: { milliseconds: 90 },
      ...change,
    }) as MigrationRecord;

  test("is well when it says so", () => {
    expect(recordProblems("vm", record(), DESTINATION)).toEqual([]);
  });

  test.each<[string, Partial<MigrationRecord>]>([
    ["outcome is failed", { outcome: "failed" }],
    ["has it on node-28", { current: { host: "node-28", hypervisorHostname: null, availabilityZone: null } }],
    [
      "status: is ERROR",
      { checks: [{ check: "status", expected: "", observed: "", outcome: "failed", reason: "is ERROR" }] },
    ],
    ["downtime was not measured", { downtime: null }],
  ])("is not well when %s", (text, change) => {
    expect(recordProblems("vm", record(change), DESTINATION)).toEqual([expect.stringContaining(text)]);
  });
});
