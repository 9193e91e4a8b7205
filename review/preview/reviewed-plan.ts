import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod/mini";
import { MaintenancePlanSchema, type MaintenancePlanDocument } from "../../migration/contract/maintenance.ts";
import { parseJson } from "../../text/json.ts";
import type { Maintenance } from "./maintenances.ts";

// Base64 has no "--", which would end the HTML comment.
const LINE = /^<!-- openstack-live-migration:reviewed ([A-Za-z0-9+/=]+) -->$/;

/**
 * What a comment shows of maintenances, as an invisible line of it: the `up` that follows compares the hosts with this very
 * comment. None without a maintenance. Pure.
 */
export function reviewedLines(maintenances: readonly Maintenance[]): string[] {
  const plans = maintenances.flatMap(({ plan }) => (plan?.document === "maintenance-plan" ? [slim(plan)] : []));
  if (plans.length === 0) return [];
  return [`<!-- openstack-live-migration:reviewed ${deflateRawSync(JSON.stringify(plans)).toString("base64")} -->`];
}

/** What a comparison needs of a plan: about 40 bytes for each server once it is packed. */
const slim = (plan: MaintenancePlanDocument): MaintenancePlanDocument => {
  const { schemaVersion, document, exitCode, hosts, moves, stays } = plan;
  return {
    ...{ schemaVersion, document, exitCode, hosts, summary: "", targets: [], findings: [], estimateSeconds: 0 },
    moves: moves.map((move) => ({ ...move, ramMiB: 0, estimateSeconds: null, findings: [] })),
    stays: stays.map((stay) => ({ ...stay, findings: [] })),
  };
};

/** The plans in the text of a comment. Pure. @throws Error if the comment's line is damaged, or of another version */
export function plansInComment(body: string): MaintenancePlanDocument[] {
  const packed = body.split(/\r?\n/).flatMap((line) => LINE.exec(line)?.[1] ?? []);
  return packed.flatMap((text) => {
    const plans = parseJson(inflateRawSync(Buffer.from(text, "base64")).toString());
    return z.array(MaintenancePlanSchema).parse(plans);
  });
}
