import * as z from "zod/mini";
import { DRAIN_SCHEMA_VERSION, MoveSchema } from "./drain.ts";
import { CheckSchema, FindingSchema } from "./record.ts";

const RestoredHostSchema = z.object({
  host: z.string(),
  /** `open`: enabled and ready. `closed`: it stays disabled. `returning`: enabled, and servers are still to come home. */
  state: z.enum(["open", "closed", "returning"]),
  /** Whether it is ready: service, hypervisor, agents, inventory. */
  checks: z.array(CheckSchema),
  /** Servers that the maintenance moved away and that are not brought home, and why. */
  away: z.array(z.object({ server: z.object({ id: z.string(), name: z.string() }), why: z.string() })),
});
/** A host after its restore. */
export type RestoredHost = z.output<typeof RestoredHostSchema>;

/** `live-migrate restore --json`: a contract as the record is. */
export const RestoreSchema = z.object({
  schemaVersion: z.literal(DRAIN_SCHEMA_VERSION),
  summary: z.string(),
  exitCode: z.number(),
  hosts: z.array(RestoredHostSchema),
  moves: z.array(MoveSchema),
  findings: z.array(FindingSchema),
  timings: z.object({ startedAt: z.string(), finishedAt: z.string(), totalSeconds: z.number() }),
  requests: z.object({ total: z.number() }),
});
/** What `live-migrate restore --json` prints. */
export type RestoreDocument = z.output<typeof RestoreSchema>;
