import { closedBy } from "../../migration/engine/away.ts";
import { describePlan, type PlanDocument } from "../../migration/contract/plan-document.ts";
import { describeFinding } from "../../migration/plan/finding.ts";
import { RECORD_SCHEMA_VERSION, type Finding, type Place } from "../../migration/contract/record.ts";
import type { NotPlanned, SurveyedPlan } from "../../migration/plan/survey.ts";
import type { PlannedMove } from "../../migration/plan/combined-capacity.ts";
import type { DriftPolicy } from "../../migration/contract/settings.ts";
import type { Problem } from "../../openstack/problems.ts";
import { awayForMaintenance, isOther, ontoHost, type HomeMaintenance } from "./home-in-maintenance.ts";
import type { PreviewPlan } from "./preview-plan.ts";

/**
 * Set if the stack's state shows that the server was created without a pinned zone (`availabilityZoneHints:
 * ":<host>"`). It is added only to a run that has another reason: this fact alone must not change the command.
 */
export const UNPINNED_VARIABLE = "LIVE_MIGRATE_CREATED_UNPINNED";

/** Hosts in maintenance. Like that fact, it is added only to a run that has another reason. */
export const AVOID_VARIABLE = "LIVE_MIGRATE_AVOID";

/** The command's environment in the last successful `up`; `none`: it never ran; `unreadable`: unknown. */
export type LastRun =
  | {
      kind: "known";
      environment: Readonly<Record<string, string>>;
      /** Whether the state has its server as created without a pinned zone. @default false */
      createdUnpinned?: boolean;
    }
  | { kind: "none" | "unreadable" };

export interface AssessmentInputs {
  /** Name of the resource, for problems. */
  name: string;
  wanted: { server: string; host: string | undefined; zone: string | undefined };
  lastRun: LastRun;
  onDrift: DriftPolicy;
  plan: SurveyedPlan | NotPlanned;
  /** `true`: `up` runs the command in any case, and the engine brings the server to where it is declared. */
  runs: boolean;
  /** Of the server's own host, or the one that brought the server to where it is; null: none. */
  maintenance: HomeMaintenance | null;
}

/** What a preview shows for one server, and what drift does to its command. */
export interface Assessment {
  lines: { level: "info" | "warn"; text: string }[];
  /** What certainly stops the move: the preview fails with these. */
  problems: Problem[];
  /** The value of {@link DRIFT_VARIABLE}: another one than last time makes `up` move the server back. */
  marker: string | undefined;
  /** The move that `up` will start, if any. */
  move: PlannedMove | null;
  /** The plan that the preview writes to the directory of plans; null: none. */
  plan: PreviewPlan | null;
}

/**
 * Set when drift was found, and kept from then on: only the next drift changes it, and so updates the command. Its
 * value is the host where the server was found and the time when Nova last changed it.
 */
export const DRIFT_VARIABLE = "LIVE_MIGRATE_DRIFT";

/** Findings that the same `up` may resolve: it may create the zone. */
const MAY_BE_MADE_BY_UP = new Set(["zone-unknown"]);

const isCertain = ({ severity, transient, code }: Finding) =>
  severity === "blocker" && !transient && !MAY_BE_MADE_BY_UP.has(code);

/** Judges a plan against the last run's request. Pure. */
export function assess(inputs: AssessmentInputs): Assessment {
  const { lastRun, plan, wanted } = inputs;
  const kept = lastRun.kind === "known" ? lastRun.environment[DRIFT_VARIABLE] : undefined;
  const silent: Assessment = { lines: [], problems: [], marker: kept, move: null, plan: null };
  const pending = isPending(inputs);
  const target = wanted.host ?? `zone ${wanted.zone ?? "?"}`;
  if (!plan.planned) {
    const { maintenance } = inputs;
    if (maintenance?.host !== undefined && maintenance.host === wanted.host && isOther(lastRun, wanted.host)) {
      return { ...silent, problems: [ontoHost(inputs.name, maintenance)] };
    }
    if (!pending && inputs.onDrift === "ignore") return silent;
    const { reason } = plan;
    const text = `not checked: ${pending ? "the move to" : "whether it still runs on"} ${target}: ${reason}`;
    const server = { id: wanted.server };
    const messages = [text];
    return {
      ...silent,
      lines: [{ level: "warn", text }],
      plan: { schemaVersion: RECORD_SCHEMA_VERSION, action: "not-checked", server, reason, pending, messages },
    };
  }
  if (plan.onTarget) {
    return pending ? { ...silent, ...described(plan.document, false) } : silent;
  }
  const { maintenance } = inputs;
  if (maintenance?.host !== undefined && maintenance.host === wanted.host && isOther(lastRun, wanted.host)) {
    return { ...silent, ...described(plan.document, false), problems: [ontoHost(inputs.name, maintenance)] };
  }
  if (maintenance !== null && !pending) return { ...silent, lines: awayForMaintenance(plan.document, maintenance) };
  if (!inputs.runs) return { ...silent, ...drifted(inputs, plan, target, kept) };
  if (!pending && closedBy(plan.document.findings)) return { ...silent, lines: [away(plan.document, target)] };
  const problems = plan.document.findings.filter(isCertain).map((finding) => problemOf(inputs.name, finding));
  const drift = pending ? [] : [{ level: "warn" as const, text: restored(inputs.onDrift, plan.document, target) }];
  return { ...silent, problems, ...described(plan.document, !pending, drift), move: plan.move };
}

function restored(policy: DriftPolicy, { source }: PlanDocument, target: string): string {
  const drift = describeDrift(source, target);
  return policy === "restore"
    ? `${drift}; \`pulumi up\` moves it back (onDrift: restore)`
    : `${drift}; \`pulumi up\` moves it back although onDrift is ${policy}: another setting of its migration changed, ` +
        "and that run brings the server to where it is declared. Fix: to leave it there, declare its present place";
}

/** The server runs elsewhere while its host is closed. The program did not change, so nothing fails. */
function away({ source, findings }: PlanDocument, target: string): Assessment["lines"][number] {
  const why = closedBy(findings)?.problem ?? "";
  return {
    level: "warn",
    text:
      `the server is away: it is on ${describeHost(source)}, because ${why}. It stays there until ${target} is open ` +
      "again; then `pulumi up` moves it back (onDrift: restore)",
  };
}

/** Whether the configuration asks for another place, or server, than the last run did. */
function isPending({ lastRun, wanted }: AssessmentInputs): boolean {
  if (lastRun.kind !== "known") return true;
  const { environment } = lastRun;
  return (
    environment["LIVE_MIGRATE_SERVER"] !== wanted.server ||
    environment["LIVE_MIGRATE_HOST"] !== wanted.host ||
    environment["LIVE_MIGRATE_ZONE"] !== wanted.zone
  );
}

function drifted(
  { onDrift }: AssessmentInputs,
  { document, updatedAt, move }: SurveyedPlan,
  target: string,
  kept: string | undefined,
): Pick<Assessment, "lines" | "marker" | "move" | "plan"> {
  const stays = { marker: kept, move: null, plan: null };
  if (onDrift === "ignore") return { ...stays, lines: [] };
  const drift = describeDrift(document.source, target);
  if (onDrift === "warn") {
    const fix = "declare the place that it is in, or set onDrift: restore";
    return { ...stays, lines: [{ level: "warn", text: `${drift}; nothing is moved (onDrift: warn). Fix: ${fix}` }] };
  }
  if (closedBy(document.findings)) return { ...stays, lines: [away(document, target)] };
  if (document.findings.some(({ severity }) => severity === "blocker")) {
    // The program did not change: a move that is blocked must not stop an `up` of something else.
    const lines = [{ level: "warn" as const, text: `${drift}, and it cannot be moved back` }];
    return { ...stays, ...described(document, true, lines) };
  }
  return {
    ...described(document, true, [{ level: "warn", text: restored(onDrift, document, target) }]),
    marker: `${document.source.host ?? "another host"} since ${updatedAt ?? "an unknown time"}`,
    move,
  };
}

const describeDrift = (source: Place, target: string) =>
  `drift: the server is on ${describeHost(source)}, not on ${target} as declared`;

const describeHost = ({ host, availabilityZone }: Place) =>
  `${host ?? "another host"} (${availabilityZone ?? "zone unknown"})`;

/** @param before lines that the plan does not repeat */
function described(
  document: PlanDocument,
  drift: boolean,
  before: Assessment["lines"] = [],
): Pick<Assessment, "lines" | "plan"> {
  const lines: Assessment["lines"] = [
    { level: "info", text: describePlan(document) },
    ...document.findings.map((finding) => ({
      level: "warn" as const,
      text:
        finding.severity === "blocker" && !isCertain(finding)
          ? `${describeFinding(finding)} (this may change before \`up\`, which checks again)`
          : describeFinding(finding),
    })),
  ];
  return { lines: [...before, ...lines], plan: { ...document, drift, messages: lines.map(({ text }) => text) } };
}

const problemOf = (name: string, { path, value, problem, fix }: Finding): Problem => ({
  path: `${name}.${path}`,
  value,
  problem,
  fix,
});
