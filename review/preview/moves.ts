import type { PreviewPlan } from "../../components/preview/preview-plan.ts";
import { describeKind } from "../../migration/contract/kind.ts";
import type { Finding } from "../../migration/contract/record.ts";
import type { Spot } from "../comment/diagram.ts";
import { byName } from "../comment/parts.ts";
import { isCommand, migrationOf, nameOf, type Step } from "./document.ts";

/**
 * What will come of a planned move: `will-move`; `on-its-way` (a migration is in flight, `up` watches it); `there`
 * (nothing to move, `up` verifies); `blocked` (it can never be made as asked); `blocked-now` (`up` would refuse it if
 * nothing changes until then); `unclear` (the cloud does not report all of it yet); `not-checked`.
 */
export type Verdict = "will-move" | "on-its-way" | "there" | "blocked" | "blocked-now" | "unclear" | "not-checked";

type Planned = Exclude<PreviewPlan, { action: "not-checked" }>;

export interface Move {
  /** Nova's name of the server, or that of its resource. */
  server: string;
  /** URN of the migration. */
  urn: string;
  from: Spot;
  to: Spot;
  /** Its kind, and how it is requested; null: nothing is moved. */
  method: string | null;
  estimateSeconds: number | null;
  verdict: Verdict;
  /** Why it was not checked. */
  reason: string | null;
  /** `true`: the configuration did not change; others moved the server. */
  drift: boolean;
  findings: Finding[];
}

/** What a preview does to the migrations that exist, and to those that begin with servers that exist. */
export interface MigrationSteps {
  moves: Move[];
  /** Resources whose other settings changed: nothing is moved, the server is verified anew. */
  verified: string[];
}

/**
 * Reads moves from plans and steps: a step without a plan is a move that was not checked, never none. Pure.
 *
 * @param noPlan why a step may have no plan
 */
export function readMoves(
  steps: readonly Step[],
  plans: ReadonlyMap<string, PreviewPlan>,
  noPlan: string,
): MigrationSteps {
  const moves = new Map<string, Move>();
  const verified: string[] = [];
  const commands = new Map<string, Step>();
  for (const step of steps) {
    const urn = migrationOf(step.urn);
    if (urn !== undefined && isCommand(step.urn)) commands.set(urn, step);
  }
  for (const [urn, plan] of plans) {
    if (plan.action !== "not-checked") moves.set(urn, planned(urn, plan));
    else if (plan.pending) moves.set(urn, notChecked(urn, commands.get(urn), plan.reason));
  }
  for (const [urn, step] of commands) {
    if (moves.has(urn)) continue;
    if (step.op === "create" ? isOfKnownServer(step) : step.op === "update" && changesPlace(step)) {
      moves.set(urn, notChecked(urn, step, noPlan));
    } else if (step.op === "update") verified.push(nameOf(urn));
  }
  return { moves: [...moves.values()].sort(byUrgency), verified: verified.sort(byName) };
}

function planned(urn: string, plan: Planned): Move {
  return {
    server: plan.server.name,
    urn,
    from: { host: plan.source.host, zone: plan.source.availabilityZone },
    to: { host: plan.destination.host, zone: plan.destination.availabilityZone },
    method: howOf(plan),
    estimateSeconds: plan.estimateSeconds,
    verdict: verdictOf(plan),
    reason: null,
    drift: plan.drift,
    findings: plan.findings,
  };
}

const howOf = ({ kind, method }: Planned): string | null =>
  [kind && describeKind(kind), method].filter(Boolean).join("; ") || null;

/** A zone that is unknown now may be made by the same `up`: the program itself does not fail for it. */
export const isCertain = ({ severity, transient, code }: Finding) =>
  severity === "blocker" && !transient && code !== "zone-unknown";

function verdictOf({ action, findings }: Planned): Verdict {
  switch (action) {
    case "migrate":
      return "will-move";
    case "adopt":
      return "on-its-way";
    case "nothing":
      return "there";
    case "look-again":
      return "unclear";
    case "refuse":
      return findings.some(isCertain) ? "blocked" : "blocked-now";
  }
}

function notChecked(urn: string, step: Step | undefined, reason: string): Move {
  const spot = (environment: Record<string, unknown>): Spot => ({
    host: text(environment["LIVE_MIGRATE_HOST"]),
    zone: text(environment["LIVE_MIGRATE_ZONE"]),
  });
  return {
    server: nameOf(urn),
    urn,
    from: spot(environmentOf(step?.oldState)),
    to: spot(environmentOf(step?.newState)),
    method: null,
    estimateSeconds: null,
    verdict: "not-checked",
    reason,
    drift: false,
    findings: [],
  };
}

const PLACE = ["LIVE_MIGRATE_SERVER", "LIVE_MIGRATE_HOST", "LIVE_MIGRATE_ZONE", "LIVE_MIGRATE_DRIFT"];

/** A server that `up` will create has no id yet: it is created on its host, and nothing is moved. */
const isOfKnownServer = ({ newState }: Step) => {
  const server = environmentOf(newState)["LIVE_MIGRATE_SERVER"];
  return typeof server === "string" && server !== UNKNOWN;
};
/** Stands in Pulumi's documents for a text that only `up` will know (pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function changesPlace({ oldState, newState }: Step): boolean {
  const before = environmentOf(oldState);
  const after = environmentOf(newState);
  return PLACE.some((name) => before[name] !== after[name]);
}

function environmentOf(state: Step["newState"]): Record<string, unknown> {
  const environment = state?.inputs?.["environment"];
  return typeof environment === "object" && environment !== null ? (environment as Record<string, unknown>) : {};
}

const text = (value: unknown) => (typeof value === "string" ? value : null);

const URGENCY: Verdict[] = ["blocked", "blocked-now", "unclear", "not-checked", "will-move", "on-its-way", "there"];
const byUrgency = (a: Move, b: Move) =>
  URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict) || byName(a.server, b.server);
