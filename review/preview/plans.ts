import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { hideWithin, type Redactor } from "../secrets/redact.ts";
import { migrationOf, type Diagnostic } from "./document.ts";

const PlaceSchema = z.object({ host: z.string().nullable(), availabilityZone: z.string().nullable() });

const FindingSchema = z.object({
  code: z.string(),
  severity: z.enum(["blocker", "warning"]),
  transient: z.boolean(),
  path: z.string(),
  value: z.string(),
  problem: z.string(),
  fix: z.string(),
});

const PlannedSchema = z.object({
  schemaVersion: z.literal(1),
  action: z.enum(["nothing", "adopt", "look-again", "migrate", "refuse"]),
  server: z.object({ id: z.string(), name: z.string() }),
  source: PlaceSchema,
  destination: PlaceSchema,
  why: z.string().nullable(),
  method: z.string().nullable(),
  estimateSeconds: z.number().nullable(),
  findings: z.array(FindingSchema),
  drift: z.boolean(),
});

const NotCheckedSchema = z.object({
  schemaVersion: z.literal(1),
  action: z.literal("not-checked"),
  server: z.object({ id: z.string() }),
  reason: z.string(),
  pending: z.boolean(),
});

const PlanSchema = z.discriminatedUnion("action", [PlannedSchema, NotCheckedSchema]);
const FileSchema = z.object({ urn: z.string(), messages: z.array(z.string()) }).and(PlanSchema);

/** A plan of a preview; see `PreviewPlan` in components/preview-plan.ts. */
export type Plan = z.infer<typeof PlanSchema>;
export type Planned = z.infer<typeof PlannedSchema>;
export type PlanFinding = z.infer<typeof FindingSchema>;
export type PlanFile = z.infer<typeof FileSchema>;

/** What the folder of plans holds. */
export interface PlanFiles {
  files: PlanFile[];
  /** Files that cannot be read. */
  problems: string[];
}

/** Reads the folder that `LIVE_MIGRATE_PLANS` named in a preview. One that is not there holds nothing. */
export async function readPlanFiles(folder: string, hide: Redactor): Promise<PlanFiles> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  const found: PlanFiles = { files: [], problems: [] };
  for (const name of names) {
    const parsed = FileSchema.safeParse(hideWithin(parseJson(await readFile(join(folder, name), "utf8")), hide));
    if (parsed.success) found.files.push(parsed.data);
    else found.problems.push(`${name} holds no plan. Fix: use the preview:comment of the version that wrote it`);
  }
  return found;
}

/** Plans by the URN of their migration, and the diagnostics that they do not repeat. */
export interface MatchedPlans {
  plans: Map<string, Plan>;
  rest: Diagnostic[];
}

/**
 * Takes the plans that belong to a preview: a plan counts only if the preview said all that it says. A plan that an
 * earlier preview left in the folder does not. Pure.
 */
export function matchPlans(files: readonly PlanFile[], diagnostics: readonly Diagnostic[]): MatchedPlans {
  const keyOf = (urn: string | undefined, message: string) => JSON.stringify([urn, oneLine(message)]);
  // Pulumi puts the severity before a message.
  const keyOfDiagnostic = ({ urn, message }: Diagnostic) => keyOf(urn, message.replace(/^(warning|error): /, ""));
  const said = new Set(diagnostics.map(keyOfDiagnostic));
  const repeated = new Set<string>();
  const plans = new Map<string, Plan>();
  const found = [
    ...files.map(({ messages, ...plan }) => ({ plan, keys: messages.map((message) => keyOf(plan.urn, message)) })),
    ...plansInLines(diagnostics).map(({ messages, ...plan }) => ({ plan, keys: messages.map(keyOfDiagnostic) })),
  ];
  for (const { plan, keys } of found) {
    if (keys.length === 0 || !keys.every((key) => said.has(key))) continue;
    plans.set(plan.urn, plan);
    // Where no move is asked for, the comment has no row that repeats it.
    if (plan.action !== "not-checked" || plan.pending) keys.forEach((key) => repeated.add(key));
  }
  return { plans, rest: diagnostics.filter((one) => !repeated.has(keyOfDiagnostic(one))) };
}

const oneLine = (message: string) => stripVTControlCharacters(message).replace(/\s+/g, " ").trim();

/** Earlier versions of the program logged each plan beside its sentences, as one line of JSON. */
export const PLAN_LINE = "live-migrate-plan ";

function plansInLines(diagnostics: readonly Diagnostic[]) {
  return diagnostics.flatMap(({ urn, message }) => {
    if (urn === undefined || migrationOf(urn) !== urn || !message.startsWith(PLAN_LINE)) return [];
    const parsed = PlanSchema.safeParse(parseJson(message.slice(PLAN_LINE.length)));
    if (!parsed.success) return [];
    const repeats = (one: Diagnostic) =>
      one.urn === urn && (one.severity === "info" || /^warning: (blocker|warning|not checked): /.test(one.message));
    return [{ ...parsed.data, urn, messages: diagnostics.filter(repeats) }];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
