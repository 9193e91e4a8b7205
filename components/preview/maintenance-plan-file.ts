import * as z from "zod/mini";
import { MAINTENANCE_SCHEMA_VERSION, MaintenancePlanSchema } from "../../migration/contract/maintenance.ts";

/** Hosts whose maintenance ends, with the servers that it moved. */
const EndsSchema = z.array(
  z.object({
    host: z.string(),
    servers: z.array(z.object({ id: z.string(), name: z.string() })),
    /** Whether they come home. */
    returns: z.boolean(),
  }),
);

/** What the preview says of it, sentence by sentence. */
const messages = () => z.array(z.string());

/** What a preview found out about a maintenance: a plan, or why there is none. */
export const PreviewMaintenanceSchema = z.discriminatedUnion("document", [
  z.extend(MaintenancePlanSchema, {
    /** Ids of servers that this stack does not declare. */
    unmanaged: z.array(z.string()),
    ends: EndsSchema,
    messages: messages(),
  }),
  z.object({
    schemaVersion: z.literal(MAINTENANCE_SCHEMA_VERSION),
    document: z.literal("maintenance-not-checked"),
    hosts: z.array(z.string()),
    ends: EndsSchema,
    reason: z.string(),
    messages: messages(),
  }),
]);
export type MaintenancePlan = z.output<typeof PreviewMaintenanceSchema>;

/** What a file of the folder of plans holds. `urn` is the component's. */
export const MaintenancePlanFileSchema = z.intersection(z.object({ urn: z.string() }), PreviewMaintenanceSchema);
export type MaintenancePlanFile = z.output<typeof MaintenancePlanFileSchema>;
