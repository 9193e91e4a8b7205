import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod/mini";
import { MaintenancePlanSchema, type MaintenancePlanDocument } from "../../migration/contract/maintenance.ts";
import { parseJson } from "../../text/json.ts";
import { verdictOf, type Maintenance } from "./maintenances.ts";

/** Of what a line unpacks to, in bytes: thousands of servers. */
const MOST_BYTES = 16 * 2 ** 20;

// Base64 has no "--", which would end the HTML comment.
const LINE = /^<!-- openstack-live-migration:reviewed ([A-Za-z0-9+/=]+) -->$/;

/**
 * What a comment shows of maintenances, as an invisible line of it: the `up` that follows compares the hosts with this very
 * comment. A maintenance that was not checked adds nothing to its list. No line without a maintenance that begins or goes
 * on. Pure.
 */
export function reviewedLines(maintenances: readonly Maintenance[]): string[] {
  if (maintenances.every((one) => verdictOf(one) === "ends")) return [];
  const plans = maintenances.flatMap(({ plan }) => (plan?.document === "maintenance-plan" ? [slim(plan)] : []));
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

/**
 * The plans in the text of a comment. Pure.
 *
 * @returns empty: its maintenances were not checked; undefined: it has no line of plans, or that was cut
 * @throws Error if the comment's line is damaged, or of another version
 */
export function plansInComment(body: string): MaintenancePlanDocument[] | undefined {
  const [packed] = body.split(/\r?\n/).flatMap((line) => LINE.exec(line)?.[1] ?? []);
  if (packed === undefined) return undefined;
  const text = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: MOST_BYTES }).toString();
  const { data, error } = z.array(MaintenancePlanSchema).safeParse(parseJson(text));
  if (error) throw new Error("it holds no plans of this version");
  return data;
}
