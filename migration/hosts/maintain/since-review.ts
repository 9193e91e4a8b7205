import { MaintenancePlanSchema, type MaintenancePlanDocument, type SinceReview } from "../../contract/maintenance.ts";
import type { HostMaintenanceSettings } from "../../contract/maintenance-request.ts";
import type { Finding } from "../../contract/record.ts";
import { blocker, warning } from "../../plan/finding.ts";
import { parseJson } from "../../../text/json.ts";
import type { ReviewedPlan } from "../drain-options.ts";
import { withDefaults } from "./groups.ts";

/** Servers by host, as reviewed; or why there are none. */
export type Review =
  | { given: true; plan: ReviewedPlan; hosts: ReadonlyMap<string, readonly { id: string; name: string }[]> }
  | { given: false; reason: string };

export const NO_REVIEW: Review = {
  given: false,
  reason: "LIVE_MIGRATE_REVIEWED does not name the plans of a reviewed preview",
};

/** The plans of a preview, from the texts of its files; other documents are left out. Pure. */
export function reviewOf(texts: readonly string[]): Review {
  const plans = texts.flatMap((text) => MaintenancePlanSchema.safeParse(parseJson(text)).data ?? []);
  const plan = { moves: plans.flatMap(({ moves }) => moves), stays: plans.flatMap(({ stays }) => stays) };
  return { given: true, plan, hosts: new Map(plans.flatMap(serversByHost)) };
}

/** All servers that a plan names on each of its hosts. */
const serversByHost = ({ hosts, moves, stays }: MaintenancePlanDocument) =>
  Object.keys(hosts).map((host) => {
    const own = [
      ...moves.filter(({ from }) => from === host).map(({ server }) => server),
      ...stays.filter((stay) => stay.host === host).map(({ server }) => server),
    ];
    return [host, own] as const;
  });

/**
 * Compares a host with its review. Pure.
 *
 * @param now servers on the host
 * @param moved ids of servers that this maintenance has moved away before
 */
export function sinceReview(
  host: string,
  review: Review,
  now: readonly { id: string; name: string }[],
  moved: ReadonlySet<string>,
): SinceReview {
  const none = { reviewed: null, appeared: [], disappeared: [] };
  if (!review.given) return { ...none, reason: review.reason };
  const reviewed = review.hosts.get(host);
  if (reviewed === undefined) return { ...none, reason: `the reviewed plans have none of ${host}` };
  const missingIn = (those: readonly { id: string }[], { id }: { id: string }) => !those.some((one) => one.id === id);
  const named = (servers: readonly { id: string; name: string }[]) => servers.map(({ id, name }) => ({ id, name }));
  return {
    reviewed: reviewed.length,
    reason: null,
    appeared: named(now.filter((server) => missingIn(reviewed, server))),
    disappeared: named(reviewed.filter((server) => missingIn(now, server) && !moved.has(server.id))),
  };
}

/** What the policy makes of it. Pure. */
export function* reviewFindings(
  host: string,
  review: Review,
  { reviewed, reason, appeared, disappeared }: SinceReview,
  settings: HostMaintenanceSettings,
): Generator<Finding> {
  const finding = withDefaults(settings).unreviewed === "refuse" ? blocker : warning;
  const fix =
    "preview again and have that reviewed, with the workflows in a new pull request: its preview has what was merged before; or set `unreviewed: move` for the host";
  if (review.given && reviewed === null) {
    const problem = `${host} was not reviewed: ${reason ?? ""}`;
    yield finding("host-not-reviewed", { path: "hosts", value: host, problem, fix });
  }
  if (appeared.length > 0) {
    const value = listed(appeared);
    const problem = `${appeared.length} ${appeared.length === 1 ? "server has" : "servers have"} appeared on ${host} since the review`;
    yield finding("appeared-since-review", { path: "hosts", value, problem, fix });
  }
  if (disappeared.length > 0) {
    const value = listed(disappeared);
    const problem = `${disappeared.length} reviewed ${disappeared.length === 1 ? "server is" : "servers are"} no longer on ${host}`;
    yield warning("disappeared-since-review", { path: "hosts", value, problem, fix: "nothing; they need no move" });
  }
}

const MOST = 20;
const listed = (servers: readonly { id: string; name: string }[]): string =>
  servers
    .slice(0, MOST)
    .map(({ id, name }) => `${name} (${id})`)
    .join(", ") + (servers.length > MOST ? `, and ${servers.length - MOST} more` : "");
