import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod/mini";
import { PlanSchema } from "../../migration/contract/plan-document.ts";
import { RECORD_SCHEMA_VERSION } from "../../migration/contract/record.ts";
import { oneLine } from "../../text/visible.ts";
import type { MaintenancePlanFile } from "./maintenance-plan-file.ts";

/** Names the folder that a preview writes its plans to, one JSON document for each migration. */
export const PLANS_VARIABLE = "LIVE_MIGRATE_PLANS";

/** What the preview says of the plan, sentence by sentence. */
const messages = () => z.array(z.string());

/** What a preview found out about one migration: a plan, or why there is none. */
export const PreviewPlanSchema = z.discriminatedUnion("action", [
  z.extend(PlanSchema, {
    /** `true`: nobody edited the configuration; the server was moved by others. */
    drift: z.boolean(),
    messages: messages(),
  }),
  z.object({
    schemaVersion: z.literal(RECORD_SCHEMA_VERSION),
    action: z.literal("not-checked"),
    server: z.object({ id: z.string() }),
    reason: z.string(),
    /** `true`: a move is asked for; `false`: it is not known whether the server is where it was. */
    pending: z.boolean(),
    messages: messages(),
  }),
]);
export type PreviewPlan = z.output<typeof PreviewPlanSchema>;

/** What a file of that folder holds: a documented contract. `urn` is the migration's. */
export const PlanFileSchema = z.intersection(z.object({ urn: z.string() }), PreviewPlanSchema);
export type PlanFile = z.output<typeof PlanFileSchema>;

/** Writes a plan. Synchronous: a preview whose moves can never be made ends its process. The folder is made if missing. */
export function writePlan(folder: string, plan: PlanFile | MaintenancePlanFile): void {
  mkdirSync(folder, { recursive: true });
  // A name of any length and any characters makes a file name.
  const name = createHash("sha256").update(plan.urn).digest("hex").slice(0, 32);
  const file = join(folder, `live-migrate-plan-${name}.json`);
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, `${JSON.stringify(plan)}\n`);
  renameSync(partial, file);
}

/** Writes a plan to the directory of plans, if one is named. A failure is only a warning: it must not stop an `up`. */
export function keepPlan(plan: PlanFile | MaintenancePlanFile, resource: pulumi.Resource): void {
  const folder = process.env[PLANS_VARIABLE];
  if (folder === undefined || folder === "") return;
  try {
    writePlan(folder, plan);
  } catch (error) {
    const problem = `the plan could not be written to ${folder}: ${(error as Error).message}`;
    const fix = `set ${PLANS_VARIABLE} to a directory that can be written`;
    void pulumi.log.warn(oneLine(`${problem}. Fix: ${fix}`), resource);
  }
}
