import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import {
  PlanFileSchema,
  PreviewPlanSchema,
  type PlanFile,
  type PreviewPlan,
} from "../../components/preview/preview-plan.ts";
import { MaintenancePlanFileSchema, type MaintenancePlanFile } from "../../components/preview/maintenance-plan-file.ts";
import { parseJson } from "../../text/json.ts";
import { hideWithin, type Redactor } from "../secrets/redact.ts";
import { migrationOf, type Diagnostic } from "./document.ts";

/** What the folder of plans holds. */
export interface PlanFiles {
  files: PlanFile[];
  /** Plans of maintenances. @default none */
  maintenances?: MaintenancePlanFile[];
  /** Files that cannot be read. */
  problems: string[];
}

/** Reads the folder that `LIVE_MIGRATE_PLANS` named in a preview. One that is not there holds nothing. */
export async function readPlanFiles(folder: string, hide: Redactor): Promise<PlanFiles> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  const found = { files: [] as PlanFile[], maintenances: [] as MaintenancePlanFile[], problems: [] as string[] };
  for (const name of names) {
    const document = hideWithin(parseJson(await readFile(join(folder, name), "utf8")), hide);
    const parsed = PlanFileSchema.safeParse(document);
    const maintenance = MaintenancePlanFileSchema.safeParse(document);
    if (parsed.success) found.files.push(parsed.data);
    else if (maintenance.success) found.maintenances.push(maintenance.data);
    else found.problems.push(`${name} holds no plan. Fix: use the preview:comment of the version that wrote it`);
  }
  return found;
}

/** Plans by the URN of their migration, and the diagnostics that they do not repeat. */
export interface MatchedPlans {
  plans: Map<string, PreviewPlan>;
  /** Of maintenances, by the URN of their component. */
  maintenances: Map<string, MaintenancePlanFile>;
  rest: Diagnostic[];
}

/**
 * Takes the plans that belong to a preview: a plan counts only if the preview said all that it says. A plan that an
 * earlier preview left in the folder does not. Pure.
 */
export function matchPlans(
  { files, maintenances: ofHosts = [] }: Pick<PlanFiles, "files" | "maintenances">,
  diagnostics: readonly Diagnostic[],
): MatchedPlans {
  const keyOf = (urn: string | undefined, message: string) => JSON.stringify([urn, oneLine(message)]);
  // Pulumi puts the severity before a message.
  const keyOfDiagnostic = ({ urn, message }: Diagnostic) => keyOf(urn, message.replace(/^(warning|error): /, ""));
  const said = new Set(diagnostics.map(keyOfDiagnostic));
  const repeated = new Set<string>();
  const plans = new Map<string, PreviewPlan>();
  const found = [
    ...files.map((plan) => ({ plan, keys: plan.messages.map((message) => keyOf(plan.urn, message)) })),
    ...plansInLines(diagnostics).map(({ plan, repeats }) => ({ plan, keys: repeats.map(keyOfDiagnostic) })),
  ];
  for (const { plan, keys } of found) {
    if (keys.length === 0 || !keys.every((key) => said.has(key))) continue;
    plans.set(plan.urn, plan);
    // Where no move is asked for, the comment has no row that repeats it.
    if (plan.action !== "not-checked" || plan.pending) keys.forEach((key) => repeated.add(key));
  }
  const maintenances = new Map<string, MaintenancePlanFile>();
  for (const plan of ofHosts) {
    const keys = plan.messages.map((message) => keyOf(plan.urn, message));
    if (keys.length === 0 || !keys.every((key) => said.has(key))) continue;
    maintenances.set(plan.urn, plan);
    keys.forEach((key) => repeated.add(key));
  }
  return { plans, maintenances, rest: diagnostics.filter((one) => !repeated.has(keyOfDiagnostic(one))) };
}

const oneLine = (message: string) => stripVTControlCharacters(message).replace(/\s+/g, " ").trim();

/** Earlier versions of the program logged each plan beside its sentences, as one line of JSON. */
export const PLAN_LINE = "live-migrate-plan ";

function plansInLines(diagnostics: readonly Diagnostic[]): { plan: PlanFile; repeats: Diagnostic[] }[] {
  return diagnostics.flatMap(({ urn, message }) => {
    if (urn === undefined || migrationOf(urn) !== urn || !message.startsWith(PLAN_LINE)) return [];
    const line = parseJson(message.slice(PLAN_LINE.length));
    const { data: plan } = PreviewPlanSchema.safeParse({ ...(line as object | undefined), messages: [] });
    if (plan === undefined) return [];
    const repeats = diagnostics.filter(
      (one) =>
        one.urn === urn && (one.severity === "info" || /^warning: (blocker|warning|not checked): /.test(one.message)),
    );
    return [{ plan: { ...plan, urn }, repeats }];
  });
}
