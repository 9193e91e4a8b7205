import { describe, expect, it } from "vitest";
import type { Check } from "../../../../migration/contract/record.ts";
import { known, unknown, type Snapshot } from "../../../../migration/cloud/snapshot.ts";
import type { Expectation } from "../../../../migration/verify/expectation.ts";
import { verify } from "../../../../migration/verify/checks.ts";
import {
  BOOT,
  DATA,
  PORT,
  providerOf,
  RESOURCES,
  server,
  SERVER,
  snapshot,
  volume,
} from "../../../support/engine/samples.ts";

const EXPECTED: Expectation = {
  serverId: SERVER,
  host: "node-31",
  hostId: server({ host: "node-28" }).hostId,
  status: "ACTIVE",
  vmState: "active",
  image: null,
  silentPortIds: [],
  unboundPortIds: [],
  volumeIds: [BOOT, DATA],
  migrationUuid: "uuid",
};
const there = (over: Partial<Snapshot> = {}) => snapshot({ migrationAllocations: known({}), ...over }, "node-31");
const serverThere = (over: object) => ({ server: { ...server({ host: "node-31" }), ...over } });
const attachment = (id: string, volumeId: string) => ({ id, volumeId, status: "attached" });
const both = [attachment("a", BOOT), attachment("b", DATA)];
const onHost = (on: string | null) => known([volume(BOOT, "node-31"), volume(DATA, on)]);

/** The one check of that name (and subject), as `outcome: observed`. */
function check(name: string, over: Partial<Snapshot>, subject?: string, expectation = EXPECTED): string {
  const found = verify(expectation, there(over)).filter(
    (candidate) => candidate.check === name && (subject === undefined || candidate.subject === subject),
  );
  expect(found).toHaveLength(1);
  const [{ outcome, observed, reason, fix }] = found as [Check];
  // Whatever did not pass says why, and what to do.
  if (outcome !== "passed") {
    for (const text of [reason, fix]) expect(text).toMatch(/\w{3}/);
    expect([reason, fix]).toMatchSnapshot();
  }
  return `${outcome}: ${observed}`;
}

describe("verify", () => {
  it("passes everything for a server that is there", () => {
    const checks = verify(EXPECTED, there());
    expect(checks.map((made) => `${made.check} ${made.outcome}`)).toEqual(
      [
        ...["server-id", "server-status", "vm-state", "task-state", "boot-from-volume", "host", "hypervisor-hostname"],
        ...["availability-zone", "volumes-attached", "volume-in-use", "volume-attached-once", "volume-in-use"],
        ...["volume-attached-once", "port-bound", "allocations", "migration-allocations"],
      ].map((name) => `${name} passed`),
    );
  });

  it.each([
    ["passed: image cirros", "cirros"],
    ["failed: image other", "other"],
    ["failed: no image", null],
  ])("image → %s", (expected, image) => {
    expect(check("image", serverThere({ image }), undefined, { ...EXPECTED, image: "cirros" })).toBe(expected);
  });

  it.each<[string, string, Partial<Snapshot>, subject?: string]>([
    ["server-id", "failed: another", serverThere({ id: "another" })],
    ["server-status", "failed: ERROR", serverThere({ status: "ERROR" })],
    ["vm-state", "failed: paused", serverThere({ vmState: "paused" })],
    ["vm-state", "not-checked: unknown", serverThere({ vmState: null })],
    ["task-state", "failed: migrating", serverThere({ taskState: "migrating" })],
    ["boot-from-volume", "failed: image cirros", serverThere({ image: "cirros" })],
    ["host", "failed: node-28", { server: server() }],
    ["host", "passed: node-31", serverThere({ host: null })],
    [
      "host",
      expect.stringMatching(/^failed: another host \(hostId \w+\)$/) as string,
      { server: { ...server(), host: null } },
    ],
    ["hypervisor-hostname", "failed: node-28.example", serverThere({ hypervisorHostname: "node-28.example" })],
    ["hypervisor-hostname", "not-checked: unknown", serverThere({ hypervisorHostname: null })],
    ["hypervisor-hostname", "not-checked: unknown", { hosts: unknown("hidden") }],
    ["availability-zone", "failed: nova", serverThere({ availabilityZone: "nova" })],
    ["availability-zone", "not-checked: unknown", { hosts: known([]) }],
    ["volumes-attached", `failed: ${BOOT}`, serverThere({ volumes: [{ id: BOOT, device: null }] })],
    ["volumes-attached", "failed: none", serverThere({ volumes: [] })],
    [
      "volume-in-use",
      `failed: available by ${SERVER}`,
      { volumes: known([volume(BOOT, "node-31"), volume(DATA, "node-31", { status: "available" })]) },
      DATA,
    ],
    [
      "volume-in-use",
      "failed: in-use by other",
      {
        volumes: known([
          volume(BOOT, "node-31"),
          volume(DATA, null, { attachments: [{ serverId: "other", host: null }] }),
        ]),
      },
      DATA,
    ],
    [
      "volume-in-use",
      "failed: in-use by nobody",
      { volumes: known([volume(BOOT, "node-31"), volume(DATA, null, { attachments: [] })]) },
      DATA,
    ],
    ["volume-in-use", "failed: no such volume", { volumes: known([volume(BOOT, "node-31")]) }, DATA],
    ["volume-in-use", "not-checked: unknown", { volumes: unknown("hidden") }, DATA],
    [
      "volume-attached-once",
      "failed: 2 attachments, on node-31",
      { attachments: known([...both, attachment("c", DATA)]) },
      DATA,
    ],
    ["volume-attached-once", "failed: 1 attachment, on node-28", { volumes: onHost("node-28") }, DATA],
    [
      "volume-attached-once",
      "failed: 0 attachments, on node-31",
      { attachments: known([attachment("a", BOOT)]) },
      DATA,
    ],
    ["volume-attached-once", "not-checked: unknown", { volumes: onHost(null) }, DATA],
    ["volume-attached-once", "not-checked: unknown", { volumes: unknown("hidden") }, DATA],
    [
      "volume-attached-once",
      "failed: 2 attachments, on unknown",
      { volumes: unknown("hidden"), attachments: known([...both, attachment("c", DATA)]) },
      DATA,
    ],
    ["volume-attached-once", "not-checked: unknown", { attachments: unknown("hidden") }, DATA],
    [
      "volume-attached-once",
      "not-checked: unknown",
      { attachments: unknown("hidden"), volumes: unknown("hidden") },
      DATA,
    ],
    [
      "port-bound",
      "failed: bound to node-28, ACTIVE",
      { ports: known([{ id: PORT, host: "node-28", status: "ACTIVE" }]) },
    ],
    ["port-bound", "failed: bound to node-31, DOWN", { ports: known([{ id: PORT, host: "node-31", status: "DOWN" }]) }],
    ["port-bound", "not-checked: unknown", { ports: known([{ id: PORT, host: null, status: "ACTIVE" }]) }],
    ["port-bound", "not-checked: unknown", { ports: unknown("no neutron") }],
    ["port-bound", "failed: bound to no host, DOWN", { ports: known([{ id: PORT, host: "", status: "DOWN" }]) }],
    [
      "allocations",
      "failed: only on node-28, node-31",
      { allocations: known({ [providerOf("node-28")]: RESOURCES, [providerOf("node-31")]: RESOURCES }) },
    ],
    ["allocations", "failed: none", { allocations: known({}) }],
    ["allocations", "not-checked: unknown", { allocations: unknown("forbidden") }],
    ["allocations", "not-checked: unknown", { hosts: unknown("forbidden") }],
    [
      "migration-allocations",
      "failed: provider-of-node-28",
      { migrationAllocations: known({ [providerOf("node-28")]: RESOURCES }) },
    ],
    ["migration-allocations", "not-checked: unknown", { migrationAllocations: unknown("forbidden") }],
  ])("%s → %s", (name, expected, over, subject) => {
    expect(check(name, over, subject)).toEqual(expected);
  });

  it("finds two attachments even where only the volume's own list can be seen", () => {
    const places = ["node-28", "node-31"].map((host) => ({ serverId: SERVER, host }));
    const volumes = known([volume(BOOT, "node-31"), volume(DATA, null, { attachments: places })]);
    expect(check("volume-attached-once", { volumes, attachments: unknown("hidden") }, DATA)).toBe(
      "failed: 2 attachments, on node-28 and node-31",
    );
  });

  it("does not count other servers' attachments of a shared volume", () => {
    const attachments = [
      { serverId: SERVER, host: "node-31" },
      { serverId: "other", host: "node-27" },
    ];
    const volumes = known([volume(BOOT, "node-31"), volume(DATA, null, { attachments })]);
    expect(check("volume-attached-once", { volumes }, DATA)).toBe("passed: 1 attachment, on node-31");
    expect(check("volume-in-use", { volumes }, DATA)).toBe(`passed: in-use by ${SERVER}`);
  });

  it("holds a port that was not ACTIVE before to its host only, and says that no more is known", () => {
    const down = { ports: known([{ id: PORT, host: "node-31", status: "DOWN" }]) };
    const silent = { ...EXPECTED, silentPortIds: [PORT] };
    expect(check("port-bound", down, PORT, silent)).toBe("not-checked: unknown");
    expect(check("port-bound", {}, PORT, silent)).toBe("passed: bound to node-31, ACTIVE");
    const elsewhere = { ports: known([{ id: PORT, host: "node-28", status: "DOWN" }]) };
    expect(check("port-bound", elsewhere, PORT, silent)).toBe("failed: bound to node-28, DOWN");
  });

  it("takes a volume that was attached meanwhile for no loss, and verifies it like the others", () => {
    const expectation = { ...EXPECTED, volumeIds: [BOOT] };
    expect(check("volumes-attached", {}, undefined, expectation)).toBe(`passed: ${[BOOT, DATA].sort().join(", ")}`);
    expect(check("volume-attached-once", { volumes: onHost("node-28") }, DATA, expectation)).toMatch(/^failed: 1 att/);
  });

  it.each<[string, Partial<Snapshot>]>([
    ["passed: only on node-28", { migrationAllocations: known({ [providerOf("node-28")]: RESOURCES }) }],
    ["failed: none", { migrationAllocations: known({}) }],
    ["failed: only on node-31", { migrationAllocations: known({ [providerOf("node-31")]: RESOURCES }) }],
    ["not-checked: unknown", { migrationAllocations: unknown("forbidden") }],
    ["not-checked: unknown", { migrationAllocations: null }],
    ["not-checked: unknown", { hosts: unknown("forbidden"), migrationAllocations: known({}) }],
  ])("of a cold migration that waits on its destination, what it must hold of its source: %s", (expected, over) => {
    const waiting = { ...EXPECTED, migrationHolds: "node-28" };
    expect(check("migration-allocations", over, undefined, waiting)).toBe(expected);
  });

  it("does not speak of allocations of a migration where there was none", () => {
    expect(verify(EXPECTED, there({ migrationAllocations: null })).map((made) => made.check)).not.toContain(
      "migration-allocations",
    );
  });

  it("where the host's name is hidden, knows by hostId that it is the same, and claims no more", () => {
    const expectation = { ...EXPECTED, host: null };
    const hidden = snapshot({
      hosts: unknown("hidden"),
      server: { ...server(), host: null, hypervisorHostname: null },
    });
    const outcomes = new Map(verify(expectation, hidden).map((made) => [made.check, made.outcome]));
    expect(Object.fromEntries(outcomes)).toMatchObject({
      host: "passed",
      "hypervisor-hostname": "not-checked",
      "volumes-attached": "passed",
      "volume-attached-once": "not-checked",
      "port-bound": "not-checked",
      allocations: "not-checked",
    });
    expect(check("host", { server: { ...server({ host: "node-31" }), host: null } }, undefined, expectation)).toMatch(
      /^failed/,
    );
  });

  it.each(["retyping", "extending", "backing-up", "maintenance", "uploading"])(
    "passes a volume that is %s: it stays attached",
    (status) => {
      const volumes = known([volume(BOOT, "node-31"), volume(DATA, "node-31", { status })]);
      expect(check("volume-in-use", { volumes }, DATA)).toBe(`passed: ${status} by ${SERVER}`);
    },
  );

  it("does not check a port that was bound to no host before either", () => {
    const ports = known([{ id: PORT, host: "", status: "DOWN" }]);
    expect(check("port-bound", { ports }, PORT, { ...EXPECTED, unboundPortIds: [PORT] })).toBe("not-checked: unknown");
  });
});
