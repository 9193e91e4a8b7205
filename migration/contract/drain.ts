import * as z from "zod/mini";
import { CheckSchema, FindingSchema, OutcomeSchema, RecordSchema } from "./record.ts";
import { KindSchema } from "./kind.ts";
import { FailureSchema } from "./failure.ts";

/** The documents of `drain`, `restore` and `roll`: contracts as the record is; fields are only added within a version. */
export const DRAIN_SCHEMA_VERSION = 1;

const ServerSchema = z.object({ id: z.string(), name: z.string() });

/** One planned move. */
export const PlannedMoveSchema = z.object({
  server: ServerSchema,
  from: z.string(),
  to: z.string(),
  kind: KindSchema,
  /** It is on its way there already: the drain watches and verifies it. */
  adopt: z.boolean(),
  /** Its guest is stopped for the move and started after it, as `--not-movable stop` allows. Absent: it is not. */
  stops: z.exactOptional(z.boolean()),
  ramMiB: z.number(),
  /** Rough, in seconds. */
  estimateSeconds: z.nullable(z.number()),
  /** Warnings. */
  findings: z.array(FindingSchema),
});
/** A planned move. */
export type DrainMove = z.output<typeof PlannedMoveSchema>;

/** A server that stays on its host. */
export const StaySchema = z.object({
  server: ServerSchema,
  host: z.string(),
  status: z.string(),
  /** `left`: as requested with `stopped: leave`; `not-movable`: its findings say why; `unreviewed`: `--unreviewed` holds it. */
  why: z.enum(["left", "not-movable", "unreviewed"]),
  findings: z.array(FindingSchema),
});
/** A server that stays on its host. */
export type Stay = z.output<typeof StaySchema>;

/** What a target has of each resource class, and what is used of it before and after the drain. */
export const TargetSchema = z.object({
  host: z.string(),
  zone: z.nullable(z.string()),
  arriving: z.number(),
  /** By resource class; empty where Placement does not show it. */
  resources: z.record(z.string(), z.object({ capacity: z.number(), before: z.number(), after: z.number() })),
});
export type Target = z.output<typeof TargetSchema>;

/** How a plan differs from one that was reviewed. */
export const PlanChangeSchema = z.object({
  server: ServerSchema,
  host: z.string(),
  /** `target`, `kind`: it moves elsewhere, or in another way; `moves`: it was to stay; `stays`: it was to move. */
  change: z.enum(["appeared", "disappeared", "target", "kind", "moves", "stays"]),
  /** In words; null: it was not there. */
  before: z.nullable(z.string()),
  /** In words; null: it is not there. */
  now: z.nullable(z.string()),
});
/** What is no longer as a reviewed plan has it. */
export type PlanChange = z.output<typeof PlanChangeSchema>;

/** `live-migrate drain --plan --json`. */
export const DrainPlanSchema = z.object({
  schemaVersion: z.literal(DRAIN_SCHEMA_VERSION),
  /** One line for people. */
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.array(z.string()),
  /** Moves in their order: adopted ones, then the largest first. */
  moves: z.array(PlannedMoveSchema),
  stays: z.array(StaySchema),
  targets: z.array(TargetSchema),
  /** What concerns no single server. A blocker: nothing would be moved. */
  findings: z.array(FindingSchema),
  /** Rough, in seconds: the source that takes longest. */
  estimateSeconds: z.number(),
  /** With `--reviewed`: what has changed since. */
  changes: z.exactOptional(z.array(PlanChangeSchema)),
});
/** What `live-migrate drain --plan --json` prints. */
export type DrainPlanDocument = z.output<typeof DrainPlanSchema>;

/** What came of a move. `deleted`: the server was deleted before its move began. */
const MoveResultSchema = z.union([OutcomeSchema, FailureSchema.shape.error.shape.kind, z.literal("deleted")]);
export type MoveResult = z.output<typeof MoveResultSchema>;

export const MoveSchema = z.object({
  server: ServerSchema,
  from: z.string(),
  to: z.string(),
  result: MoveResultSchema,
  /** As `run` of this server alone would have exited. */
  exitCode: z.number(),
  /** One line for people. */
  message: z.string(),
  /** Null if the run ended without one. */
  record: z.nullable(RecordSchema),
});
/** A move, and what came of it. */
export type Move = z.output<typeof MoveSchema>;

/** Something that is still on the host, or holds a part of it. */
export const LeftoverSchema = z.object({
  kind: z.enum(["server", "migration", "allocation"]),
  /** Of the server; of an allocation, its consumer. */
  id: z.string(),
  name: z.nullable(z.string()),
  /** Nova's status of the server or of the migration; null: not known. */
  status: z.nullable(z.string()),
  problem: z.string(),
  fix: z.string(),
  /** It stays because the command was told so (`--stopped leave`, `--not-movable leave`). */
  asRequested: z.boolean(),
});
/** Something that is still on a host, or holds a part of it. */
export type Leftover = z.output<typeof LeftoverSchema>;

/**
 * `open`: enabled. `draining`: closed, something is left. `empty`: closed and proven empty. `unproven`: closed, nothing
 * was found, but a check could not be made.
 */
export const HostStateSchema = z.enum(["open", "draining", "empty", "unproven"]);
export type HostState = z.output<typeof HostStateSchema>;

export const DrainedHostSchema = z.object({
  host: z.string(),
  zone: z.nullable(z.string()),
  state: HostStateSchema,
  /** Who has disabled the host: this program, others, or nobody. */
  disabledBy: z.enum(["this-program", "others", "nobody"]),
  disabledReason: z.nullable(z.string()),
  /** The proof; a check that was not made says why. */
  checks: z.array(CheckSchema),
  leftovers: z.array(LeftoverSchema),
});
/** A host after its drain, with the proof. */
export type DrainedHost = z.output<typeof DrainedHostSchema>;

/** `live-migrate drain --json`. */
export const DrainSchema = z.object({
  schemaVersion: z.literal(DRAIN_SCHEMA_VERSION),
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.array(DrainedHostSchema),
  /** In the order of their ends. A server that was tried again is there more than once. */
  moves: z.array(MoveSchema),
  /** Why no more moves were started; null: nothing was left to start. */
  stopped: z.nullable(z.string()),
  /** Of the last plan: servers that stay, and why. */
  stays: z.array(StaySchema),
  /** Of the first plan after the hosts were disabled: hosts that were to take servers, before and after. */
  targets: z.exactOptional(z.array(TargetSchema)),
  /** With `--reviewed`: what had changed since. */
  changes: z.exactOptional(z.array(PlanChangeSchema)),
  /** Of the last plan, and of the hosts: what concerns no single server. */
  findings: z.array(FindingSchema),
  /** Longest measured downtime of a move, in milliseconds; null: none was measured. */
  longestDowntimeMilliseconds: z.nullable(z.number()),
  timings: z.object({ startedAt: z.string(), finishedAt: z.string(), totalSeconds: z.number() }),
  requests: z.object({ total: z.number() }),
});
/** What `live-migrate drain --json` prints. */
export type DrainDocument = z.output<typeof DrainSchema>;
