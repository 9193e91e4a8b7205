import { closedBy } from "../../migration/engine/away.ts";
import { describePlan, type PlanDocument } from "../../migration/contract/plan-document.ts";
import { describeFinding } from "../../migration/plan/findings/finding.ts";
import { RECORD_SCHEMA_VERSION, type Finding, type Place } from "../../migration/contract/record.ts";
import type { NotPlanned, SurveyedPlan } from "../../migration/plan/survey.ts";
import type { PlannedMove } from "../../migration/plan/combined-capacity.ts";
import type { DriftPolicy } from "../../migration/contract/settings.ts";
import type { Problem } from "../../openstack/problems.ts";
import type { PreviewPlan } from "./preview-plan.ts";
import { textOf } from "../texts.ts";

/**
 * Set when the stack's state has the server as created without a pinned zone (`availabilityZoneHints: ":<host>"`), by a
 * run that something else brings about: by itself it changes nothing.
 */
export const UNPINNED_VARIABLE = "LIVE_MIGRATE_CREATED_UNPINNED";

/** The command's environment as the last successful `up` left it; `none`: it was never run; `unreadable`: not told. */
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
  /** `true`: `up` runs the command, moved by others or not; the engine brings the server to where it is declared. */
  runs: boolean;
}

/** What a preview says of one server, and what drift does to its command. */
export interface Assessment {
  lines: { level: "info" | "warn"; text: string }[];
  /** What stops the move whenever it is tried: the preview fails with them. */
  problems: Problem[];
  /** The value of {@link DRIFT_VARIABLE}: another one than last time makes `up` move the server back. */
  marker: string | undefined;
  /** The move that `up` will start, if it starts one. */
  move: PlannedMove | null;
  /** What the preview writes to the folder of plans; null: nothing is asked for. */
  plan: PreviewPlan | null;
}

/**
 * Set when a server was found elsewhere, and kept from then on: it changes, and so updates the command, only with the
 * next drift. Its value is where the server was found and when Nova last changed it.
 */
export const DRIFT_VARIABLE = "LIVE_MIGRATE_DRIFT";

/** A zone without hosts may get them in the very `up` that moves the server there. */
const MAY_BE_MADE_BY_UP = new Set(["zone-unknown"]);

const isCertain = ({ severity, transient, code }: Finding) =>
  severity === "blocker" && !transient && !MAY_BE_MADE_BY_UP.has(code);

/** Judges a plan against what the last run was asked for. Pure. */
export function assess(inputs: AssessmentInputs): Assessment {
  const { lastRun, plan, wanted } = inputs;
  const kept = lastRun.kind === "known" ? lastRun.environment[DRIFT_VARIABLE] : undefined;
  const silent: Assessment = { lines: [], problems: [], marker: kept, move: null, plan: null };
  const pending = isPending(inputs);
  const target = wanted.host ?? `zone ${wanted.zone ?? "?"}`;
  if (!plan.planned) {
    if (!pending && inputs.onDrift === "ignore") return silent;
    const { reason } = plan;
    const text = textOf(pending ? "move-not-checked" : "place-not-checked", { target, reason });
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
  if (!inputs.runs) return { ...silent, ...drifted(inputs, plan, target, kept) };
  if (!pending && closedBy(plan.document.findings)) return { ...silent, lines: [away(plan.document, target)] };
  const problems = plan.document.findings.filter(isCertain).map((finding) => problemOf(inputs.name, finding));
  const drift = pending ? [] : [{ level: "warn" as const, text: restored(inputs.onDrift, plan.document, target) }];
  return { ...silent, problems, ...described(plan.document, !pending, drift), move: plan.move };
}

function restored(policy: DriftPolicy, { source }: PlanDocument, target: string): string {
  const found = { place: shown(source), target };
  return policy === "restore" ? textOf("drift-restored", found) : textOf("drift-restored-anyway", { ...found, policy });
}

/** The server lives elsewhere while its own host is closed. Nobody asked for a move just now, so nothing fails. */
function away({ source, findings }: PlanDocument, target: string): Assessment["lines"][number] {
  const why = closedBy(findings)?.problem ?? "";
  return { level: "warn", text: textOf("away", { place: shown(source), target, why }) };
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
  const found = { place: shown(document.source), target };
  if (onDrift === "warn") {
    return { ...stays, lines: [{ level: "warn", text: textOf("drift-ignored", found) }] };
  }
  if (closedBy(document.findings)) return { ...stays, lines: [away(document, target)] };
  if (document.findings.some(({ severity }) => severity === "blocker")) {
    // Nobody asked for this move just now: it must not stop an `up` that is about something else.
    const lines = [{ level: "warn" as const, text: textOf("drift-stays", found) }];
    return { ...stays, ...described(document, true, lines) };
  }
  return {
    ...described(document, true, [{ level: "warn", text: restored(onDrift, document, target) }]),
    marker: `${document.source.host ?? "another host"} since ${updatedAt ?? "an unknown time"}`,
    move,
  };
}

const shown = ({ host, availabilityZone }: Place) =>
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
          ? textOf("may-differ", { finding: describeFinding(finding) })
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
