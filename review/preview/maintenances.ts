import type { MaintenancePlanFile } from "../../components/preview/maintenance-plan-file.ts";
import { parseJson } from "../../text/json.ts";
import { isCommand, maintenanceOf, type Step } from "./document.ts";

/** What a preview says of the maintenance of hosts. */
export interface Maintenance {
  urn: string;
  /** Null: no plan of it was found. */
  plan: MaintenancePlanFile | null;
  /** Hosts whose maintenance ends with the whole entry, with what the last `up` was asked for. */
  ends: { host: string; returns: boolean }[];
}

/** Maintenances that a preview begins, changes or ends: a step without a plan was not checked. Pure. */
export function readMaintenances(
  steps: readonly Step[],
  plans: ReadonlyMap<string, MaintenancePlanFile>,
): Maintenance[] {
  const found = new Map<string, Maintenance>();
  for (const [urn, plan] of plans) found.set(urn, { urn, plan, ends: [] });
  for (const step of steps) {
    const urn = maintenanceOf(step.urn);
    if (urn === undefined || !isCommand(step.urn) || found.has(urn)) continue;
    found.set(urn, { urn, plan: null, ends: step.op === "delete" ? endsOf(step) : [] });
  }
  return [...found.values()];
}

/** The hosts of a command that is deleted, by its own request. */
function endsOf({ oldState }: Step): Maintenance["ends"] {
  const environment = oldState?.inputs?.["environment"] as Record<string, unknown> | undefined;
  const text = environment?.["LIVE_MIGRATE_MAINTENANCE"];
  const hosts = (typeof text === "string" ? parseJson(text) : {}) as Record<string, { return?: boolean } | null> | null;
  return Object.entries(hosts ?? {}).map(([host, settings]) => ({ host, returns: settings?.return ?? true }));
}

/** How it stands with a maintenance. */
export type MaintenanceVerdict = "drains" | "blocked" | "not-checked" | "ends";

export function verdictOf({ plan, ends }: Maintenance): MaintenanceVerdict {
  if (ends.length > 0) return "ends";
  if (plan?.document !== "maintenance-plan") return "not-checked";
  return plan.exitCode === 0 ? "drains" : "blocked";
}

/** How many hosts have it. Pure. */
export const hostsWith = (maintenances: readonly Maintenance[], verdict: MaintenanceVerdict): number =>
  maintenances.reduce((sum, one) => {
    if (verdict === "ends") return sum + one.ends.length + (one.plan?.ends.length ?? 0);
    if (verdictOf(one) !== verdict) return sum;
    return sum + (one.plan?.document === "maintenance-plan" ? Object.keys(one.plan.hosts).length : 1);
  }, 0);

/** Whether nobody has to read anything about it: every server moves, without a warning. Pure. */
export const isClean = (one: Maintenance): boolean => {
  if (one.plan?.document !== "maintenance-plan") return verdictOf(one) === "ends";
  const { findings, stays, moves } = one.plan;
  return findings.length === 0 && stays.length === 0 && moves.every((move) => move.findings.length === 0);
};

/** How many of the program's own problems the comment repeats: blockers that will still be there. Pure. */
export const certainOf = (maintenances: readonly Maintenance[]): number =>
  maintenances.reduce((sum, { plan }) => {
    if (plan?.document !== "maintenance-plan" || plan.exitCode === 0) return sum;
    const ofStays = plan.stays.filter(({ why }) => why === "not-movable").flatMap(({ findings }) => findings);
    const all = [...plan.findings, ...ofStays];
    return sum + all.filter(({ severity, transient }) => severity === "blocker" && !transient).length;
  }, 0);
