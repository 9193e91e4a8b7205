import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlanDocument } from "../migration/plan-document.ts";
import type { RECORD_SCHEMA_VERSION } from "../migration/record.ts";

/** Names the folder that a preview writes its plans to, one JSON document for each migration. */
export const PLANS_VARIABLE = "LIVE_MIGRATE_PLANS";

/** What a preview found out about one migration: a plan, or why there is none. A documented contract. */
export type PreviewPlan =
  | (PlanDocument & {
      /** `true`: nobody edited the configuration; the server was moved by others. */
      drift: boolean;
      /** What the preview says of the plan, sentence by sentence. */
      messages: string[];
    })
  | {
      schemaVersion: typeof RECORD_SCHEMA_VERSION;
      action: "not-checked";
      server: { id: string };
      reason: string;
      /** `true`: a move is asked for; `false`: it is not known whether the server is where it was. */
      pending: boolean;
      messages: string[];
    };

/**
 * Writes a plan to a folder, which is made if it is missing. Synchronous: a preview whose moves can never be made ends
 * its process.
 *
 * @param urn of the migration
 */
export function writePlan(folder: string, urn: string, plan: PreviewPlan): void {
  mkdirSync(folder, { recursive: true });
  // A name of any length and any characters makes a file name.
  const file = join(folder, `live-migrate-plan-${createHash("sha256").update(urn).digest("hex").slice(0, 32)}.json`);
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, `${JSON.stringify({ ...plan, urn })}\n`);
  renameSync(partial, file);
}
