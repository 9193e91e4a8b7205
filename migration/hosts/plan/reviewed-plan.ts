import { describeKind } from "../../contract/kind.ts";
import type { PlanChange, Stay } from "../../contract/drain.ts";
import { transientBlocker } from "../../plan/finding.ts";
import { notMovableOf, type DrainOptions, type Review, type ReviewedPlan } from "../drain-options.ts";
import { planDrain, type DrainPlan, type PlanInput } from "./drain-plan.ts";

/** Changes after which a move is not the one that was reviewed. Another target is: it is chosen anew by the same rules. */
const UNREVIEWED: ReadonlySet<PlanChange["change"]> = new Set(["appeared", "kind", "moves"]);

/** Whether a change means a move that nobody has reviewed. Pure. */
export const isUnreviewed = ({ change }: Pick<PlanChange, "change">): boolean => UNREVIEWED.has(change);

interface Planned {
  server: { id: string; name: string };
  host: string;
  to: string | null;
  kind: string | null;
  words: string;
}

const planned = ({ moves, stays }: ReviewedPlan): Map<string, Planned> =>
  new Map(
    [
      ...moves.map(({ server, from, to, kind }) => {
        return { server, host: from, to, kind, words: `moves to ${to}, ${describeKind(kind)}` };
      }),
      ...stays.map(({ server, host, why }) => {
        return { server, host, to: null, kind: null, words: why === "left" ? "stays, as requested" : "stays" };
      }),
    ].map((one) => [one.server.id, one]),
  );

/** What has changed since a plan was reviewed, in the order of the plan of now; servers that disappeared last. Pure. */
export function changesSince(reviewed: ReviewedPlan, now: ReviewedPlan): PlanChange[] {
  const before = planned(reviewed);
  const after = planned(now);
  const changes: PlanChange[] = [];
  for (const [id, { server, host, words, ...one }] of after) {
    const old = before.get(id);
    const change = old === undefined ? "appeared" : changeOf(old, one);
    if (change !== null) changes.push({ server, host, change, before: old?.words ?? null, now: words });
  }
  for (const [id, { server, host, words }] of before) {
    if (!after.has(id)) changes.push({ server, host, change: "disappeared", before: words, now: null });
  }
  return changes;
}

function changeOf(
  before: Pick<Planned, "to" | "kind">,
  now: Pick<Planned, "to" | "kind">,
): PlanChange["change"] | null {
  if (before.to === null) return now.to === null ? null : "moves";
  if (now.to === null) return "stays";
  if (before.kind !== now.kind) return "kind";
  return before.to === now.to ? null : "target";
}

/**
 * Plans as {@link planDrain} does, compares the plan with the one that was reviewed, and holds back what was not. Pure.
 *
 * @param review absent: nothing was reviewed, and all is moved
 */
export function planReviewed(
  input: PlanInput,
  options: DrainOptions,
  review?: Review,
): { plan: DrainPlan; changes: PlanChange[] } {
  const plan = planDrain(input, options);
  if (review === undefined) return { plan, changes: [] };
  const changes = changesSince(review.plan, plan);
  const unreviewed = new Map(changes.filter(isUnreviewed).map((one) => [one.server.id, one]));
  const hindered = new Set(
    review.plan.stays.filter((stay) => isHindered(stay, options)).map(({ server }) => server.id),
  );
  const held = plan.moves.filter(({ server, adopt, kind }) => {
    // What is under way already is watched to its end.
    if (adopt || !unreviewed.has(server.id)) return false;
    return kind === "cold" || !hindered.has(server.id);
  });
  if (review.unreviewed === "move" || held.length === 0) return { plan, changes };
  const ids = new Set(held.map(({ server }) => server.id));
  const rest = planDrain(
    { ...input, servers: input.servers.filter(({ snapshot }) => !ids.has(snapshot.server.id)) },
    options,
  );
  const stays = held.map(({ server, from }): Stay => {
    const status = input.servers.find(({ snapshot }) => snapshot.server.id === server.id)?.snapshot.server.status;
    const change = unreviewed.get(server.id);
    return {
      server,
      host: from,
      status: status ?? "",
      why: "unreviewed",
      findings: change ? [notReviewed(change)] : [],
    };
  });
  return { plan: { ...rest, stays: [...rest.stays, ...stays] }, changes };
}

/** Reviewed as to be moved, once nothing is in its way any more: that it then moves live is no surprise. */
const isHindered = ({ server, why }: ReviewedPlan["stays"][number], options: DrainOptions) =>
  why === "not-movable" && notMovableOf(options, server.id) !== "leave";

const notReviewed = ({ server, before, now }: PlanChange) =>
  transientBlocker("not-reviewed", {
    path: "server",
    value: server.name,
    problem:
      before === null
        ? `it was not on the host when the plan was reviewed; now it ${now ?? ""}`
        : `reviewed was: it ${before}; now it ${now ?? ""}`,
    fix: "review a new plan (`--plan --json`), or allow moves that nobody has reviewed (`--unreviewed move`)",
  });

/** @example describeChange(change) // "vm9 on node-01 appeared: it moves to node-02, live, volume-backed" */
export function describeChange({ server, host, change, before, now }: PlanChange): string {
  const place = `${server.name} on ${host}`;
  switch (change) {
    case "appeared":
      return `${place} appeared since the review: it ${now ?? ""}`;
    case "disappeared":
      return `${place} is not there any more (reviewed: it ${before ?? ""})`;
    default:
      return `${place}: it ${now ?? ""} (reviewed: it ${before ?? ""})`;
  }
}
