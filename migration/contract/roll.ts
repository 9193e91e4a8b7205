import * as z from "zod/mini";

/** `live-migrate roll --json`: a contract as the record is. */
export const ROLL_SCHEMA_VERSION = 1;

const RolledHostSchema = z.object({
  host: z.string(),
  /** `done-before`: by an earlier run of the same roll. */
  state: z.enum(["done", "done-before", "stopped", "not-begun"]),
  exitCode: z.number(),
  /** Why it stopped there; null: it did not. */
  problem: z.nullable(z.string()),
});
export type RolledHost = z.output<typeof RolledHostSchema>;

/** `live-migrate roll --json`: a contract as the record is. */
export const RollSchema = z.object({
  schemaVersion: z.literal(ROLL_SCHEMA_VERSION),
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.array(RolledHostSchema),
  timings: z.object({ startedAt: z.string(), finishedAt: z.string(), totalSeconds: z.number() }),
  requests: z.object({ total: z.number() }),
});
/** What `live-migrate roll --json` prints. */
export type RollDocument = z.output<typeof RollSchema>;
