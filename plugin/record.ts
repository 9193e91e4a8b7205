/**
 * The record (migration/contract/record.ts) as Pulumi's schema can say it: named interfaces, and no `null`. What is null in
 * the record's JSON has no value here. A test holds these interfaces to the record.
 */

/** The answer of one run. */
export interface MigrationRecord {
  schemaVersion: number;
  outcome: string;
  /** One line for people: what happened, where the server is, what to do. */
  summary: string;
  server: Server;
  /** Where it ran before. */
  source: Place;
  /** Where it was to run. */
  destination: Place;
  /** Where it runs now, as last observed. */
  current: Place;
  /** None when nothing was moved. */
  migration?: MigrationFacts;
  /** Id of the request that started it; none when adopted or not moved. */
  requestId?: string;
  /** Whether the migration was in flight already, or was started by a run that ended before it could verify. */
  adopted: boolean;
  /** How the move was requested. */
  method?: string;
  /** How it was moved; none when nothing was moved. */
  kind?: string;
  /** Of a cold migration that reached its destination: confirmed, reverted, or open (neither yet). */
  confirmation?: string;
  /** The zone that the server is pinned to, where the API reports it. */
  pin: Pin;
  volumes: VolumeFacts[];
  checks: Check[];
  findings: Finding[];
  timings: Timings;
  /** Longest gap of the guest's answers in the move; none: not measured (a check says why). */
  downtime?: Downtime;
  /** What the guest reported about itself at the end; none: not asked, or no answer (a check says why). */
  guest?: Guest;
  /** Requests sent to the cloud. */
  requests: Requests;
}

export interface Server {
  id: string;
  name: string;
}

/** Where a server runs. Without a value: the cloud does not say. */
export interface Place {
  /** Service host of nova-compute. */
  host?: string;
  hypervisorHostname?: string;
  /** The zone of the host, not the zone that the server is pinned to. */
  availabilityZone?: string;
}

/** The Nova migration record behind a move. */
export interface MigrationFacts {
  id: number;
  uuid?: string;
  status: string;
  createdAt?: string;
  updatedAt?: string;
  /** RAM that Nova said is to be sent, in bytes; none: never seen. */
  memoryTotalBytes?: number;
}

/** The pinned zone of a server; known and without a zone: it is pinned to none. */
export interface Pin {
  known: boolean;
  zone?: string;
  /** Why it is not known. */
  reason?: string;
}

export interface VolumeFacts {
  id: string;
  name?: string;
  device?: string;
  sizeGiB?: number;
  bootable?: boolean;
  /** Cinder's status: `in-use` for an attached volume. */
  status?: string;
  /** Number of Cinder attachments for this server; 1 is right. */
  attachments?: number;
  /** Hosts that Cinder says it is attached on. */
  attachedHosts?: string[];
}

/** One verified fact. What was not checked says why, and never counts as passed. */
export interface Check {
  check: string;
  /** What the check is about, where there are several of a kind: a volume id, a port id, a path. */
  subject?: string;
  expected: string;
  observed: string;
  /** passed, failed or not-checked. */
  outcome: string;
  /** Why it failed or was not checked. */
  reason?: string;
  /** What to do about it. */
  fix?: string;
}

/** One thing that stops a move (blocker) or that its operator should know (warning). */
export interface Finding {
  /** Stable name, for machines. */
  code: string;
  severity: string;
  /** Whether it may be different by the time of `up`. */
  transient: boolean;
  path: string;
  value: string;
  problem: string;
  fix: string;
}

export interface Timings {
  startedAt: string;
  finishedAt: string;
  totalSeconds: number;
  /** Nova's own duration; none when nothing moved. */
  novaSeconds?: number;
  phases: Phase[];
}

/** One phase of the run and its duration. */
export interface Phase {
  phase: string;
  seconds: number;
  /** Seconds from the start of the run to the start of the phase. */
  startSeconds?: number;
}

export interface Downtime {
  milliseconds: number;
  /** ping or tcp. */
  probe: string;
  intervalMilliseconds: number;
  /** When the last answer before the gap came (ISO 8601). */
  beganAt?: string;
}

/** What a guest reported about itself. */
export interface Guest {
  address: string;
  bootId: string;
  uptimeSeconds: number;
  blockDevices: string[];
}

/** Numbers of requests. */
export interface Requests {
  total: number;
  watching: number;
}
