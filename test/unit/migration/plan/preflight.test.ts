import { describe, expect, it } from "vitest";
import { describeFinding } from "../../../../migration/plan/finding.ts";
import { plan } from "../../../../migration/plan/plan.ts";
import type { MigrationRequestInput } from "../../../../migration/contract/request.ts";
import {
  known,
  unknown,
  type GroupFacts,
  type ServerFacts,
  type Snapshot,
} from "../../../../migration/cloud/snapshot.ts";
import {
  BOOT,
  DATA,
  entry,
  HOSTS,
  hostsWith,
  providerOf,
  request,
  RESOURCES,
  server,
  snapshot,
  volume,
} from "../../../support/engine/samples.ts";

type Severity = "blocker" | "blocker, for now" | "warning" | "warning, for now";
type Case = [
  code: string,
  severity: Severity,
  path: string,
  value: string,
  Partial<Snapshot>,
  Partial<MigrationRequestInput>?,
];

const on = (over: Partial<ServerFacts>) => ({ server: server(over) });
const flavor = (over: Partial<ServerFacts["flavor"]>) => on({ flavor: { ...server().flavor, ...over } });
const group = (policy: string, host: string | null): Partial<Snapshot> => {
  const facts: GroupFacts = { id: "g", name: "web", policy, members: [{ id: "m", name: "web2", host }] };
  return { groups: known([facts]) };
};
const volumes = (over: Partial<ReturnType<typeof volume>>) => ({
  volumes: known([volume(BOOT, "node-28"), volume(DATA, "node-28", over)]),
});
const attachment = (id: string, volumeId: string) => ({ id, volumeId, status: "attached" });
const newer = (over: object) =>
  hostsWith("node-31", { hypervisor: { ...HOSTS[2]?.hypervisor, ...over } as (typeof HOSTS)[0]["hypervisor"] });
const pinned = on({ pin: { known: true, zone: "nova" } });
const LATER = Date.parse("2026-01-02T00:00:00Z");

const CASES: Case[] = [
  [
    "server-state",
    "blocker",
    "server",
    "status SHUTOFF, vm_state stopped",
    on({ status: "SHUTOFF", vmState: "stopped" }),
  ],
  [
    "server-state",
    "blocker",
    "server",
    "status ERROR, vm_state error",
    on({ status: "ERROR", vmState: "error", fault: "boom" }),
  ],
  [
    "server-state",
    "blocker",
    "server",
    "status SUSPENDED, vm_state not visible",
    on({ status: "SUSPENDED", vmState: null }),
  ],
  ["server-busy", "blocker, for now", "server", "task_state resize_prep", on({ taskState: "resize_prep" })],
  [
    "server-locked",
    "blocker, for now",
    "server",
    "locked",
    { ...on({ locked: true, host: null }), hosts: unknown("forbidden") },
  ],
  ["server-locked-admin", "warning, for now", "server", "locked", on({ locked: true })],
  ["server-paused", "warning, for now", "server", "PAUSED", on({ status: "PAUSED", vmState: "paused" })],
  ["local-disk", "warning", "server", "a root disk of 1 GiB", on({ image: "cirros" })],
  ["local-disk", "warning", "server", "a config drive", on({ configDrive: true })],
  [
    "local-disk",
    "warning",
    "server",
    "an ephemeral disk of 5 GiB and swap of 64 MiB",
    flavor({ ephemeralGiB: 5, swapMiB: 64 }),
  ],
  [
    "numa-or-pci",
    "warning",
    "server",
    "hw:cpu_policy",
    flavor({ extraSpecs: { "hw:cpu_policy": "dedicated", x: "y" } }),
  ],
  ["nova-too-old", "blocker", "cloud", "compute 2.60", { microversions: { min: "2.1", max: "2.60" } }],
  ["hosts-not-visible", "warning", "cloud", "not for you", { hosts: unknown("not for you") }],
  ["no-migration-rights", "blocker", "cloud", "not for you", { ...on({ host: null }), hosts: unknown("not for you") }],
  ["no-migration-rights", "blocker", "cloud", "not for you", { hosts: unknown("not for you") }, { zone: "nova2" }],
  ["host-unknown", "blocker", "host", "node-99", {}, { host: "node-99" }],
  ["zone-unknown", "blocker", "zone", "mars", {}, { zone: "mars" }],
  [
    "zone-has-no-host",
    "blocker, for now",
    "zone",
    "nova2",
    { hosts: hostsWith("node-31", { up: false }) },
    { zone: "nova2" },
  ],
  ["destination-down", "blocker, for now", "host", "node-31 is down", { hosts: hostsWith("node-31", { up: false }) }],
  [
    "destination-forced-down",
    "blocker, for now",
    "host",
    "node-31 is forced down",
    { hosts: hostsWith("node-31", { forcedDown: true, up: false }) },
  ],
  [
    "destination-disabled",
    "blocker, for now",
    "host",
    "node-31 is disabled",
    { hosts: hostsWith("node-31", { enabled: false, disabledReason: "disk swap" }) },
  ],
  ["source-down", "blocker, for now", "server", "node-28 is down", { hosts: hostsWith("node-28", { up: false }) }],
  ["hypervisor-type", "blocker", "host", "QEMU → VMware", { hosts: newer({ type: "VMware" }) }],
  ["hypervisor-older", "blocker", "host", "7002000 → 6000000", { hosts: newer({ version: 6_000_000 }) }],
  ["destination-full", "blocker, for now", "host", "node-31: VCPU 1, MEMORY_MB 1024", { fitting: known([]) }],
  ["capacity-not-checked", "warning", "host", "no placement", { fitting: unknown("no placement") }],
  [
    "capacity-not-checked",
    "warning",
    "host",
    "no hypervisor of node-31 is visible",
    { hosts: hostsWith("node-31", { hypervisor: null }) },
  ],
  ["group-anti-affinity", "blocker, for now", "host", "web: web2 on node-31", group("anti-affinity", "node-31")],
  ["group-affinity", "blocker, for now", "host", "web: no other member on node-31", group("affinity", "node-28")],
  ["group-soft", "warning, for now", "host", "web: soft-anti-affinity", group("soft-anti-affinity", "node-31")],
  ["group-soft", "warning, for now", "host", "web: soft-affinity", group("soft-affinity", "node-28")],
  ["groups-not-checked", "warning", "host", "no groups", { groups: unknown("no groups") }],
  ["groups-not-checked", "warning", "host", "the policy odd of web is not known here", group("odd", null)],
  ["pinned", "blocker", "azPin", "pinned to nova", pinned],
  ["unpin-impossible", "blocker", "azPin", "unpin, pinned to nova, compute 2.96", pinned, { azPin: "unpin" }],
  ["force-keeps-pin", "warning", "azPin", "force, pinned to nova", pinned, { azPin: "force" }],
  ["pin-unknown", "warning", "azPin", "too old", on({ pin: { known: false, reason: "too old" } })],
  [
    "migration-stale",
    "warning",
    "server",
    "migration 7 is running",
    { migrations: known([entry({ status: "running" })]), takenAt: LATER },
  ],
  [
    "attached-twice",
    "blocker",
    "server",
    BOOT,
    { attachments: known([attachment("a", BOOT), attachment("b", BOOT), attachment("c", DATA)]) },
  ],
  [
    "held-elsewhere",
    "blocker",
    "server",
    "node-31",
    { ...on({ image: "cirros", volumes: [] }), allocations: known({ [providerOf("node-31")]: RESOURCES }) },
  ],
  [
    "migration-in-flight",
    "blocker, for now",
    "server",
    "migration 7 is running",
    {
      ...on({ image: "cirros", volumes: [] }),
      migrations: known([entry({ status: "running" })]),
      takenAt: LATER,
    },
  ],
  [
    "compute-unread",
    "blocker, for now",
    "host",
    "node-31",
    { hosts: hostsWith("node-31", { up: false, unread: "no state" }) },
  ],
  [
    "compute-unread",
    "blocker, for now",
    "server",
    "node-28",
    { hosts: hostsWith("node-28", { up: false, unread: "no state" }) },
  ],
  ["target-unread", "blocker, for now", "host", "mars", { hosts: known(HOSTS, "no host") }, { host: "mars" }],
  ["capacity-not-checked", "warning", "host", "one is odd", { fitting: known([], "one is odd") }],
  ["volume-not-attached", "blocker", "volumeIds", "other", {}, { volumeIds: [BOOT, DATA, "other"] }],
  ["volume-unexpected", "warning", "volumeIds", DATA, {}, { volumeIds: [BOOT] }],
  ["volumes-not-visible", "warning", "cloud", "no cinder", { volumes: unknown("no cinder") }],
  ["volumes-not-visible", "warning", "cloud", "no list", { attachments: unknown("no list") }],
  ...["retyping", "extending", "backing-up", "maintenance", "uploading", "error_extending", "detaching"].map(
    (status): Case => ["volume-busy", "blocker, for now", "volumeIds", `admin_vol11 (${DATA})`, volumes({ status })],
  ),
  ["volume-multiattach", "warning", "volumeIds", `admin_vol11 (${DATA})`, volumes({ multiattach: true })],
  [
    "volume-node-local",
    "warning",
    "volumeIds",
    `admin_vol11 (${DATA}) on node-28`,
    volumes({ backendHost: "node-28@lvm#lvm" }),
  ],
];

describe("preflight: what it finds", () => {
  it.each(CASES)("%s (%s) at %s: %s", (code, severity, path, value, facts, changes = {}) => {
    const decided = plan(request(changes), snapshot(facts));
    const found = decided.findings.find((finding) => finding.code === code && finding.value === value);
    expect(found, JSON.stringify(decided.findings)).toMatchObject({
      code,
      path,
      value,
      severity: severity.split(",")[0],
      transient: severity.endsWith("for now"),
    });
    expect([found?.problem, found?.fix]).toMatchSnapshot();
    expect(decided.action).toBe(severity.startsWith("blocker") ? "refuse" : "migrate");
  });

  it("finds nothing where all is well", () => {
    expect(plan(request(), snapshot()).findings).toEqual([]);
  });

  it("lists everything at once", () => {
    const decided = plan(
      request({ volumeIds: [BOOT, "other"] }),
      snapshot({
        ...on({ status: "SHUTOFF", configDrive: true, locked: true }),
        hosts: hostsWith("node-31", { up: false, enabled: false }),
        fitting: known([]),
      }),
    );
    expect(decided.findings.map(({ code }) => code)).toEqual([
      "server-state",
      "server-locked-admin",
      "local-disk",
      "destination-down",
      "destination-disabled",
      "destination-full",
      "volume-not-attached",
      "volume-unexpected",
    ]);
  });

  it.each([
    ["a hypervisor's name", "node-31.example", "that is a hypervisor's host name", "use node-31"],
    ["another spelling", "NODE-31 ", "its name is spelled otherwise", "use node-31"],
    ["a stranger", "mars", "no nova-compute service has the host mars", "one of: node-27, node-28, node-31"],
  ])("says which host is meant by %s", (_, name, problem, fix) => {
    const [found] = plan(request({ host: name }), snapshot()).findings;
    expect(found?.problem).toContain(problem);
    expect(found?.fix).toBe(fix);
  });

  it("keeps affinity's members where the others are, and lets anti-affinity's go where none is", () => {
    for (const facts of [
      group("affinity", "node-31"),
      group("anti-affinity", "node-27"),
      group("soft-affinity", "node-27"),
    ]) {
      expect(plan(request(), snapshot(facts)).findings).toEqual([]);
    }
  });

  it("describes a finding in one line: severity, place, value, problem and fix", () => {
    const [found] = plan(request(), snapshot(pinned)).findings;
    expect(found && describeFinding(found)).toMatch(
      /^blocker: azPin \(pinned to nova\): .*created for .* nova,.* nova2\. Fix: azPin: unpin .*force.*shelve/,
    );
  });
});
