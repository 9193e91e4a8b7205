import * as z from "zod/mini";
import { OutcomeSchema } from "./exit-codes.ts";
import { KindSchema } from "./kind.ts";

export { EXIT_BAD_INPUT, EXIT_CLOUD, EXIT_CODES, OutcomeSchema, type Outcome } from "./exit-codes.ts";

/**
 * The record: the engine's one answer, on stdout as a JSON document, in the stack's outputs, in reports.
 * A documented contract: fields are only added within one `schemaVersion`.
 */
export const RECORD_SCHEMA_VERSION = 1;

const text = () => z.string();
const textOrNull = () => z.nullable(z.string());
const numberOrNull = () => z.nullable(z.number());

/** Where a server runs. `null`: the cloud does not say (only an administrator sees hosts). */
export const PlaceSchema = z.object({
  /** nova-compute service host. */
  host: textOrNull(),
  /** Node, as `OS-EXT-SRV-ATTR:hypervisor_hostname`. */
  hypervisorHostname: textOrNull(),
  /** The zone of the host, as `OS-EXT-AZ:availability_zone` (not the zone that the server is pinned to). */
  availabilityZone: textOrNull(),
});
/** Where a server runs. */
export type Place = z.output<typeof PlaceSchema>;

/** One verified fact. `not-checked` always says why, and never counts as passed. */
export const CheckSchema = z.object({
  /** @example "volume-attached-once" */
  check: text(),
  /** What the check is about, where there are several of a kind: a volume id, a port id, a path. */
  subject: z.exactOptional(text()),
  expected: text(),
  observed: text(),
  outcome: z.enum(["passed", "failed", "not-checked"]),
  /** Why it failed or was not checked. Absent when passed. */
  reason: z.exactOptional(text()),
  /** What to do about it. Absent when passed, where there is nothing to do, and in records of earlier versions. */
  fix: z.exactOptional(text()),
});
/** One verified fact. */
export type Check = z.output<typeof CheckSchema>;

/** One thing that stops a move (`blocker`) or that its operator should know (`warning`). */
export const FindingSchema = z.object({
  /** Stable name, for machines. @example "destination-down" */
  code: text(),
  severity: z.enum(["blocker", "warning"]),
  /** `true`: may be different by the time of `up` (host down, full, another migration in flight). */
  transient: z.boolean(),
  /** The input or thing concerned. @example "host" */
  path: text(),
  /** The value observed there. */
  value: text(),
  problem: text(),
  fix: text(),
});
/** One thing that stops a move, or that its operator should know. */
export type Finding = z.output<typeof FindingSchema>;

/** The pinned zone of a server: `zone` null means that it is pinned to none. */
const PinSchema = z.discriminatedUnion("known", [
  z.object({ known: z.literal(true), zone: textOrNull() }),
  z.object({ known: z.literal(false), reason: text() }),
]);
export type Pin = z.output<typeof PinSchema>;

/** The Nova migration record behind a move. */
const MigrationFactsSchema = z.object({
  id: z.number(),
  uuid: textOrNull(),
  /** accepted, queued, preparing, running, completed, failed, cancelled, error … */
  status: text(),
  createdAt: textOrNull(),
  updatedAt: textOrNull(),
  /** RAM that Nova said is to be sent, in bytes; null: never seen (short moves end before Nova writes it). */
  memoryTotalBytes: numberOrNull(),
});
export type MigrationFacts = z.output<typeof MigrationFactsSchema>;

const VolumeFactsSchema = z.object({
  id: text(),
  name: textOrNull(),
  /** @example "/dev/vdb" */
  device: textOrNull(),
  sizeGiB: numberOrNull(),
  bootable: z.nullable(z.boolean()),
  /** Cinder's status: `in-use` for an attached volume. */
  status: textOrNull(),
  /** Number of Cinder attachments for this server; 1 is right. null: not visible to this user. */
  attachments: numberOrNull(),
  /** Hosts that Cinder says it is attached on. */
  attachedHosts: z.nullable(z.array(text())),
});
export type VolumeFacts = z.output<typeof VolumeFactsSchema>;

/** One phase of the run and its duration. */
const PhaseSchema = z.object({
  /** @example "preflight", "accepted", "queued", "preparing", "running", "verify" */
  phase: text(),
  seconds: z.number(),
  /** Seconds from the start of the run to the start of the phase; absent in records of earlier versions. */
  startSeconds: z.exactOptional(z.number()),
});
export type Phase = z.output<typeof PhaseSchema>;

/** Reads a record: the answer of one run. */
export const RecordSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  outcome: OutcomeSchema,
  /** One line for people: what happened, where the server is, what to do. */
  summary: text(),
  server: z.object({ id: text(), name: text() }),
  /** Where it ran before. */
  source: PlaceSchema,
  /** Where it was to run. */
  destination: PlaceSchema,
  /** Where it runs now, as last observed. */
  current: PlaceSchema,
  /** `null` when nothing was moved. */
  migration: z.nullable(MigrationFactsSchema),
  /** Id of the POST that started it (`x-openstack-request-id`); null when adopted or not moved. */
  requestId: textOrNull(),
  /** `true`: the migration was in flight already, or was started by a run that ended before it could verify. */
  adopted: z.boolean(),
  /** How the move was requested. @example "compute 2.90, host validated by the scheduler" */
  method: textOrNull(),
  /** How it was moved; null when nothing was moved. Absent in records of earlier versions, which moved volume-backed servers. */
  kind: z.exactOptional(z.nullable(KindSchema)),
  /** Of a cold migration that reached its destination: confirmed, reverted, or open: neither yet. Absent for any other. */
  confirmation: z.exactOptional(z.enum(["open", "confirmed", "reverted"])),
  /** The zone that the server is pinned to, where the API reports it (from 2.96 on). */
  pin: PinSchema,
  volumes: z.array(VolumeFactsSchema),
  checks: z.array(CheckSchema),
  findings: z.array(FindingSchema),
  timings: z.object({
    startedAt: text(),
    finishedAt: text(),
    totalSeconds: z.number(),
    /** Nova's own duration, created to last update of its record; null when nothing moved. */
    novaSeconds: numberOrNull(),
    phases: z.array(PhaseSchema),
  }),
  /** Longest gap of the guest's answers in the move; null: not measured (a check says why). */
  downtime: z.nullable(
    z.object({
      milliseconds: z.number(),
      probe: z.enum(["ping", "tcp"]),
      intervalMilliseconds: z.number(),
      /** When the last answer before the gap came (ISO 8601); absent in records of earlier versions. */
      beganAt: z.exactOptional(text()),
    }),
  ),
  /** What the guest reported about itself at the end; null: not asked, or no answer (a check says why). */
  guest: z.nullable(
    z.object({ address: text(), bootId: text(), uptimeSeconds: z.number(), blockDevices: z.array(text()) }),
  ),
  /** Requests sent to the cloud. */
  requests: z.object({ total: z.number(), watching: z.number() }),
});
/** The record of one run. */
export type MigrationRecord = z.output<typeof RecordSchema>;

/** Whether Nova has done with the migration, and only the verification is open. Pure. */
export const isUnproven = ({ outcome, checks }: Pick<MigrationRecord, "outcome" | "checks">): boolean =>
  outcome === "still-running" && checks.some(({ check }) => check === "server-id");

/** A record read from text, or why the text is not one. */
export type ReadRecord = { ok: true; record: MigrationRecord } | { ok: false; reason: string };

/** Reads a record from JSON text: of this program, or of an older version of it. Pure. */
export function readRecord(json: string): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { ok: false, reason: `it is not JSON: ${(error as Error).message}` };
  }
  const version = typeof value === "object" && value !== null && "schemaVersion" in value ? value.schemaVersion : null;
  if (version !== RECORD_SCHEMA_VERSION) {
    return { ok: false, reason: `its schemaVersion is ${JSON.stringify(version)}, not ${RECORD_SCHEMA_VERSION}` };
  }
  const { data, error } = RecordSchema.safeParse(value);
  return data ? { ok: true, record: data } : { ok: false, reason: z.prettifyError(error) };
}
