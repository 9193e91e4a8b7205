import type { Plan, Planned, PlanFinding } from "./plans.ts";
import { nameOf, typePathOf, type Step } from "./document.ts";
import { words } from "../words.ts";

/**
 * What will come of a planned move: `will-move`; `on-its-way` (a migration is in flight, `up` watches it); `there`
 * (nothing to move, `up` verifies); `blocked` (it can never be made as asked); `blocked-now` (`up` would refuse it if
 * nothing changes until then); `unclear` (the cloud does not tell all of it yet); `not-checked`.
 */
export type Verdict = "will-move" | "on-its-way" | "there" | "blocked" | "blocked-now" | "unclear" | "not-checked";

/** Where a server is or shall be; null: not known. */
export interface Spot {
  host: string | null;
  zone: string | null;
}

export interface Move {
  /** Nova's name of the server, or that of its resource. */
  server: string;
  /** Name of the resource. */
  resource: string;
  from: Spot;
  to: Spot;
  method: string | null;
  estimateSeconds: number | null;
  verdict: Verdict;
  /** Why it was not checked. */
  reason: string | null;
  /** `true`: the configuration did not change; others moved the server. */
  drift: boolean;
  findings: PlanFinding[];
}

/** The commands of migrations, which are all that moves servers. */
const COMMAND = /LiveMigration\$command:local:Command$/;
const COMPONENT = /(^|\$)openstack-live-migration:index:LiveMigration(\$|$)/;

/** Does a step belong to a migration, be it the component or its command? */
export const isMigration = ({ urn }: Step): boolean => COMPONENT.test(typePathOf(urn));

/** What a preview does to the migrations that exist, and to those that begin with servers that exist. */
export interface MigrationSteps {
  moves: Move[];
  /** Resources whose other settings changed: nothing is moved, the server is verified anew. */
  verified: string[];
}

/** Reads moves from plans and steps: a step whose plan is missing is a move that was not checked, never none. Pure. */
export function readMoves(steps: readonly Step[], plans: ReadonlyMap<string, Plan>): MigrationSteps {
  const moves = new Map<string, Move>();
  const verified: string[] = [];
  const commands = new Map(
    steps.filter(({ urn }) => COMMAND.test(typePathOf(urn))).map((step) => [nameOf(step.urn), step]),
  );
  for (const [resource, plan] of plans) {
    if (plan.action !== "not-checked") moves.set(resource, planned(resource, plan));
    else if (plan.pending) moves.set(resource, notChecked(resource, commands.get(resource), plan.reason));
  }
  for (const [resource, step] of commands) {
    if (moves.has(resource) || step.op !== "update") continue;
    if (changesPlace(step)) moves.set(resource, notChecked(resource, step, words("not-planned")));
    else verified.push(resource);
  }
  return { moves: [...moves.values()].sort(byUrgency), verified: verified.sort() };
}

function planned(resource: string, plan: Planned): Move {
  return {
    server: plan.server.name,
    resource,
    from: { host: plan.source.host, zone: plan.source.availabilityZone },
    to: { host: plan.destination.host, zone: plan.destination.availabilityZone },
    method: plan.method,
    estimateSeconds: plan.estimateSeconds,
    verdict: verdictOf(plan),
    reason: null,
    drift: plan.drift,
    findings: plan.findings,
  };
}

/** A zone that is unknown now may be made by the same `up`: the program itself does not fail for it. */
export const isCertain = ({ severity, transient, code }: PlanFinding) =>
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

function notChecked(resource: string, step: Step | undefined, reason: string): Move {
  const spot = (environment: Record<string, unknown>): Spot => ({
    host: text(environment["LIVE_MIGRATE_HOST"]),
    zone: text(environment["LIVE_MIGRATE_ZONE"]),
  });
  return {
    server: resource,
    resource,
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
  URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict) || a.server.localeCompare(b.server, "en", { numeric: true });
