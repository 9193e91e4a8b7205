/**
 * The record: the engine's one answer, on stdout as a JSON document, in the stack's outputs, in reports.
 * A documented contract: fields are only added within one `schemaVersion`.
 */
export const RECORD_SCHEMA_VERSION = 1;

/** What came of a run. {@link EXIT_CODES} has the process exit code of each. */
export type Outcome =
  /** The server was there already and every check passed; nothing was moved. */
  | "already-there"
  /** Moved, and every check passed. */
  | "migrated"
  /** Not started: preflight found blockers (`findings`). */
  | "refused"
  /** The migration failed; the server is verified intact on its source. */
  | "failed"
  /** A human must look: the server is in ERROR, or a check failed. Do not retry or restart before that. */
  | "needs-attention"
  /** Nova still migrates; this run stopped watching (deadline, stall, or interrupted). */
  | "still-running";

/** Process exit codes. Bad input is 2 and a cloud that is unreachable or refuses us is 7: those have no record. */
export const EXIT_CODES = {
  "already-there": 0,
  migrated: 0,
  refused: 3,
  failed: 4,
  "needs-attention": 5,
  "still-running": 6,
} as const satisfies Record<Outcome, number>;
export const EXIT_BAD_INPUT = 2;
export const EXIT_CLOUD = 7;

/** Where a server runs. `null`: the cloud did not tell (it takes an administrator to see hosts). */
export interface Place {
  /** nova-compute service host. */
  host: string | null;
  /** Node, as `OS-EXT-SRV-ATTR:hypervisor_hostname`. */
  hypervisorHostname: string | null;
  /** The zone of the host, as `OS-EXT-AZ:availability_zone` (not the zone that the server is pinned to). */
  availabilityZone: string | null;
}

/** One verified fact. `not-checked` always says why, and never counts as passed. */
export interface Check {
  /** @example "volume-attached-once" */
  check: string;
  /** What the check is about, where there are several of a kind: a volume id, a port id, a path. */
  subject?: string;
  expected: string;
  observed: string;
  outcome: "passed" | "failed" | "not-checked";
  /** Why it failed or was not checked. Absent when passed. */
  reason?: string;
  /** What to do about it. Absent when passed, where there is nothing to do, and in records of earlier versions. */
  fix?: string;
}

/** One thing that stops a move (`blocker`) or that its operator should know (`warning`). */
export interface Finding {
  /** Stable name, for machines. @example "destination-down" */
  code: string;
  severity: "blocker" | "warning";
  /** `true`: may be different by the time of `up` (host down, full, another migration in flight). */
  transient: boolean;
  /** The input or thing concerned. @example "host" */
  path: string;
  /** The value observed there. */
  value: string;
  problem: string;
  fix: string;
}

/** The pinned zone of a server: `zone` null means that it is pinned to none. */
export type Pin = { known: true; zone: string | null } | { known: false; reason: string };

/** The Nova migration record behind a move. */
export interface MigrationFacts {
  id: number;
  uuid: string | null;
  /** accepted, queued, preparing, running, completed, failed, cancelled, error … */
  status: string;
  createdAt: string | null;
  updatedAt: string | null;
  /** RAM that Nova said is to be sent, in bytes; null: never seen (short moves end before Nova writes it). */
  memoryTotalBytes: number | null;
}

export interface VolumeFacts {
  id: string;
  name: string | null;
  /** @example "/dev/vdb" */
  device: string | null;
  sizeGiB: number | null;
  bootable: boolean | null;
  /** Cinder's status: `in-use` for an attached volume. */
  status: string | null;
  /** Number of Cinder attachments for this server; 1 is right. null: not visible to this user. */
  attachments: number | null;
  /** Hosts that Cinder says it is attached on. */
  attachedHosts: string[] | null;
}

/** One phase of the run and how long it took. */
export interface Phase {
  /** @example "preflight", "accepted", "queued", "preparing", "running", "verify" */
  phase: string;
  seconds: number;
  /** Seconds from the beginning of the run to that of the phase; absent in records of earlier versions. */
  startSeconds?: number;
}

export interface MigrationRecord {
  schemaVersion: typeof RECORD_SCHEMA_VERSION;
  outcome: Outcome;
  /** One line a person understands: what happened, where the server is, what to do. */
  summary: string;
  server: { id: string; name: string };
  /** Where it ran before. */
  source: Place;
  /** Where it was to run. */
  destination: Place;
  /** Where it runs now, as last observed. */
  current: Place;
  /** `null` when nothing was moved. */
  migration: MigrationFacts | null;
  /** Id of the POST that started it (`x-openstack-request-id`); null when adopted or not moved. */
  requestId: string | null;
  /** `true`: the migration was in flight already, or had been started by a run that ended before it could verify. */
  adopted: boolean;
  /** How it was asked for. @example "compute 2.90, host validated by the scheduler" */
  method: string | null;
  /** The zone that the server is pinned to, where the API tells (from 2.96 on). */
  pin: Pin;
  volumes: VolumeFacts[];
  checks: Check[];
  findings: Finding[];
  timings: {
    startedAt: string;
    finishedAt: string;
    totalSeconds: number;
    /** Nova's own duration, created to last update of its record; null when nothing moved. */
    novaSeconds: number | null;
    phases: Phase[];
  };
  /** Longest gap of the guest's answers in the move; null: not measured (a check says why). */
  downtime: {
    milliseconds: number;
    probe: "ping" | "tcp";
    intervalMilliseconds: number;
    /** When the last answer before the gap came (ISO 8601); absent in records of earlier versions. */
    beganAt?: string;
  } | null;
  /** What the guest said of itself at the end; null: not asked, or no answer (a check says why). */
  guest: { address: string; bootId: string; uptimeSeconds: number; blockDevices: string[] } | null;
  /** Requests sent to the cloud. */
  requests: { total: number; watching: number };
}
