import type { MigrationRecord } from "../../../migration/contract/record.ts";

const place = (host: string, availabilityZone: string) => ({ host, hypervisorHostname: host, availabilityZone });

/** The record of a move from node-28 to node-31 that went well. */
export function recordOf(over: Partial<MigrationRecord> = {}): MigrationRecord {
  return {
    schemaVersion: 1,
    outcome: "migrated",
    summary: "admin_vm01 moved from node-28 (nova) to node-31 (nova2)",
    server: { id: "5e", name: "admin_vm01" },
    source: place("node-28", "nova"),
    destination: place("node-31", "nova2"),
    current: place("node-31", "nova2"),
    migration: null,
    requestId: "req-1",
    adopted: false,
    method: "compute 2.90",
    pin: { known: true, zone: null },
    volumes: [],
    checks: [{ check: "host", expected: "node-31", observed: "node-31", outcome: "passed" }],
    findings: [],
    timings: {
      startedAt: "2026-01-01T00:00:00.000Z",
      finishedAt: "2026-01-01T00:00:10.000Z",
      totalSeconds: 10,
      novaSeconds: 8,
      phases: [],
    },
    downtime: { milliseconds: 150, probe: "ping", intervalMilliseconds: 50 },
    guest: null,
    requests: { total: 20, watching: 8 },
    ...over,
  };
}
