import * as z from "zod/mini";
import { CheckSchema, FindingSchema, RecordSchema } from "./record.ts";
import { DrainPlanSchema, LeftoverSchema, MoveSchema, StaySchema } from "./drain.ts";
import { KindSchema } from "./kind.ts";
import { HostMaintenanceSchema } from "./maintenance-request.ts";

/** The documents of `HostMaintenance`: contracts as the record is; fields are only added within a version. */
export const MAINTENANCE_SCHEMA_VERSION = 1;

const ServerSchema = z.object({ id: z.string(), name: z.string() });

/** A server that the maintenance moved away, verified where it is. */
export const MovedServerSchema = z.object({
  server: ServerSchema,
  from: z.string(),
  to: z.string(),
  /** The zone of that host; null: not known. */
  toZone: z.nullable(z.string()),
  result: MoveSchema.shape.result,
  /** Null: it was moved by a run of which only Nova's record is left. */
  kind: z.nullable(KindSchema),
  /** Nova's migration. */
  migrationId: z.nullable(z.number()),
  totalSeconds: z.nullable(z.number()),
  downtimeMilliseconds: z.nullable(z.number()),
  /** Number of checks of each outcome; null: as `kind`. */
  checks: z.nullable(z.object({ passed: z.number(), failed: z.number(), notChecked: z.number() })),
  /** The whole record; null: as `kind`, or left out to keep the document small (`recordsLeftOut`). */
  record: z.nullable(RecordSchema),
});
/** A server that a maintenance moved. */
export type MovedServer = z.output<typeof MovedServerSchema>;

/**
 * `draining`: closed, something is left. `unproven`: closed, nothing was found, but a check could not be made. `empty`:
 * closed and proven empty. `returning`: enabled, servers are still to come home. `open`: enabled. `closed`: the maintenance
 * is over, and the host stays disabled: others closed it, or it is not ready. `gone`: no such host any more.
 */
export const MaintenanceStateSchema = z.enum(["draining", "unproven", "empty", "returning", "open", "closed", "gone"]);
export type MaintenanceState = z.output<typeof MaintenanceStateSchema>;

/** What a host was compared with. */
export const SinceReviewSchema = z.object({
  /** Null: no review was given, or it does not name the host; `reason` says so. */
  reviewed: z.nullable(z.number()),
  reason: z.nullable(z.string()),
  /** On the host now, and not in the review. */
  appeared: z.array(ServerSchema),
  /** In the review, and neither on the host nor moved from it by this maintenance. */
  disappeared: z.array(ServerSchema),
});
export type SinceReview = z.output<typeof SinceReviewSchema>;

export const MaintainedHostSchema = z.object({
  state: MaintenanceStateSchema,
  zone: z.nullable(z.string()),
  /** As requested. */
  settings: HostMaintenanceSchema,
  /** With the marker of this program, by which its servers are found again. */
  disabledReason: z.nullable(z.string()),
  disabledBy: z.enum(["this-program", "others", "nobody"]),
  moved: z.array(MovedServerSchema),
  /** Servers that are shut off and were left as requested. */
  stopped: z.array(ServerSchema),
  leftovers: z.array(LeftoverSchema),
  /** Servers that are not home at the end of the maintenance, and why. */
  away: z.array(z.object({ server: ServerSchema, why: z.string() })),
  /** The proof that it is empty; at the end of the maintenance, whether it is ready. */
  checks: z.array(CheckSchema),
  sinceReview: z.nullable(SinceReviewSchema),
  totalSeconds: z.number(),
  /** Null: none was measured. */
  longestDowntimeMilliseconds: z.nullable(z.number()),
});
/** A host as the document about a maintenance has it. */
export type MaintainedHost = z.output<typeof MaintainedHostSchema>;

/** What `live-migrate maintain` prints: the output of the component's command. */
export const MaintenanceSchema = z.object({
  schemaVersion: z.literal(MAINTENANCE_SCHEMA_VERSION),
  document: z.literal("maintenance"),
  /** One line for people. */
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.record(z.string(), MaintainedHostSchema),
  stays: z.array(StaySchema),
  findings: z.array(FindingSchema),
  /** How many whole records were left out, so that the next run can be handed this document. */
  recordsLeftOut: z.number(),
  /** How many moved servers were left out of it for the same reason. */
  movedLeftOut: z.number(),
  timings: z.object({ startedAt: z.string(), finishedAt: z.string(), totalSeconds: z.number() }),
  requests: z.object({ total: z.number() }),
});
/** The document about a maintenance of hosts. */
export type MaintenanceDocument = z.output<typeof MaintenanceSchema>;

/** What is planned for one host. */
const PlannedHostSchema = z.object({
  reason: z.string(),
  zone: z.nullable(z.string()),
  /** It is closed with this program's marker already. */
  underWay: z.boolean(),
});

/** What a preview finds out about a maintenance. */
export const MaintenancePlanSchema = z.object({
  schemaVersion: z.literal(MAINTENANCE_SCHEMA_VERSION),
  document: z.literal("maintenance-plan"),
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.record(z.string(), PlannedHostSchema),
  moves: DrainPlanSchema.shape.moves,
  stays: DrainPlanSchema.shape.stays,
  targets: DrainPlanSchema.shape.targets,
  findings: DrainPlanSchema.shape.findings,
  estimateSeconds: z.number(),
});
export type MaintenancePlanDocument = z.output<typeof MaintenancePlanSchema>;

/** Reads the document of the last run; null: none, or not one of this version. Pure. */
export function readMaintenance(json: string | undefined): MaintenanceDocument | null {
  try {
    return MaintenanceSchema.safeParse(JSON.parse(json ?? "")).data ?? null;
  } catch {
    return null;
  }
}
