import * as z from "zod/mini";
import { describeKind, KindSchema } from "./kind.ts";
import { FindingSchema, PlaceSchema, RECORD_SCHEMA_VERSION, type Place } from "./record.ts";

const textOrNull = () => z.nullable(z.string());
const numberOrNull = () => z.nullable(z.number());

/** A plan as `live-migrate plan --json` prints it: a documented contract. */
export const PlanSchema = z.object({
  schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
  action: z.enum(["nothing", "adopt", "look-again", "migrate", "refuse"]),
  server: z.object({ id: z.string(), name: z.string() }),
  source: PlaceSchema,
  destination: PlaceSchema,
  /** Why this host, for a zone as target. */
  why: textOrNull(),
  method: textOrNull(),
  /** How it is moved; null unless a move would start or be adopted. Absent in plans of earlier versions. */
  kind: z.exactOptional(z.nullable(KindSchema)),
  /** Rough, from RAM and local disks; null unless a move would start. */
  estimateSeconds: numberOrNull(),
  timeoutSeconds: numberOrNull(),
  findings: z.array(FindingSchema),
});
/** The document of `live-migrate plan --json`. */
export type PlanDocument = z.output<typeof PlanSchema>;

/** @example "node-28 (nova)", or "its host in nova" for an account that may not see hosts */
export const describePlace = ({ host, availabilityZone: zone }: Place): string =>
  host === null ? `its host${zone === null ? "" : ` in ${zone}`}` : `${host}${zone === null ? "" : ` (${zone})`}`;

/** One line for a person. Pure. */
export function describePlan({
  action,
  server,
  source,
  destination,
  why,
  estimateSeconds,
  method,
  kind,
}: PlanDocument): string {
  const reason = why === null ? "" : `, ${why}`;
  switch (action) {
    case "nothing":
      return `${server.name}: on ${describePlace(destination)} already${reason}`;
    case "adopt":
      return `${server.name}: on its way to ${describePlace(destination)}; a run would watch and verify it`;
    case "look-again":
      return `${server.name}: a migration is running or has just ended, and the cloud does not report all of it yet`;
    case "migrate":
      return `${server.name}: ${describePlace(source)} → ${describePlace(destination)}${reason}; ${kind ? `${describeKind(kind)}; ` : ""}about ${estimateSeconds ?? "?"} s; ${method ?? ""}`;
    case "refuse":
      return `${server.name}: would not be moved from ${describePlace(source)}`;
  }
}
