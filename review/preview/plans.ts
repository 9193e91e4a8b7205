import { z } from "zod";
import { PLAN_LINE } from "../../components/move-assessment.ts";
import { nameOf, type Diagnostic } from "./document.ts";

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

/** A plan as the preview's diagnostics hold it; see `PlanLine` in components/move-assessment.ts. */
export type Plan = z.infer<typeof PlanSchema>;
export type Planned = z.infer<typeof PlannedSchema>;
export type PlanFinding = z.infer<typeof FindingSchema>;

/** The plans of a preview by the name of their resource, and the diagnostics that hold none. */
export function readPlans(diagnostics: readonly Diagnostic[]): { plans: Map<string, Plan>; rest: Diagnostic[] } {
  const plans = new Map<string, Plan>();
  const rest = diagnostics.filter(({ urn, message }) => {
    if (urn === undefined || !message.startsWith(PLAN_LINE)) return true;
    const plan = parsePlan(message.slice(PLAN_LINE.length));
    if (plan) plans.set(nameOf(urn), plan);
    return plan === undefined;
  });
  return { plans, rest };
}

function parsePlan(text: string): Plan | undefined {
  try {
    return PlanSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
