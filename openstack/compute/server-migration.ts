import * as z from "zod/mini";
import { anyOf, fields, optional, optionalTime, time } from "../http/answer.ts";

/** A migration record of Nova. `undefined`: not reported. */
export const migrationSchema = z.pipe(
  fields({
    id: z.number(),
    /** From 2.59 on. */
    uuid: optional(z.string()),
    /** Such as `accepted`, `queued`, `preparing`, `running`, `completed`, `failed`, `error`, `cancelled`. */
    status: z.string(),
    /** `live-migration`, `migration`, `resize` or `evacuation`; a server's own list has live ones only. */
    type: ["migration_type", optional(z.string())],
    sourceCompute: ["source_compute", optional(z.string())],
    /** Unset until the scheduler has chosen. */
    destCompute: ["dest_compute", optional(z.string())],
    instanceUuid: ["instance_uuid", optional(z.string())],
    serverUuid: ["server_uuid", optional(z.string())],
    createdAt: ["created_at", optionalTime],
    updatedAt: ["updated_at", optionalTime],
    /** What libvirt last reported, while running only. Nova writes them about every 5 s. */
    memoryTotalBytes: ["memory_total_bytes", optional(z.number())],
    memoryProcessedBytes: ["memory_processed_bytes", optional(z.number())],
    memoryRemainingBytes: ["memory_remaining_bytes", optional(z.number())],
  }),
  // The list of all migrations and a server's own list use different names.
  z.transform(({ serverUuid, instanceUuid, ...migration }) => ({
    ...migration,
    instanceUuid: instanceUuid ?? serverUuid,
  })),
);
export type Migration = z.output<typeof migrationSchema>;

const action = {
  /** Such as `live-migration`. */
  action: z.string(),
  /** The request that asked for it (`req-…`). */
  requestId: ["request_id", z.string()],
  startTime: ["start_time", time],
  updatedAt: ["updated_at", optionalTime],
  message: optional(z.string()),
} as const;

/** An action on a server. */
export const instanceActionSchema = fields(action);
export type InstanceAction = z.output<typeof instanceActionSchema>;

/** One step of an action. */
const eventSchema = fields({
  event: z.string(),
  startTime: ["start_time", time],
  finishTime: ["finish_time", optionalTime],
  /** `Success` only means that the step raised no exception. */
  result: optional(z.string()),
  /** The true reason of a failure; from 2.84 on, for administrators. */
  details: optional(z.string()),
  traceback: optional(z.string()),
  host: optional(z.string()),
});
export type InstanceActionEvent = z.output<typeof eventSchema>;

export const actionWithEventsSchema = fields({ ...action, events: z._default(optional(anyOf(eventSchema)), []) });
