import { hostNamed } from "../cloud/places.ts";
import { isUnclean, transientWarning } from "../plan/finding.ts";
import type { Plan } from "../plan/plan.ts";
import type { Finding, MigrationRecord } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

/** The host takes no server now: someone closed it, or it does not report. */
const CLOSED: ReadonlySet<string> = new Set([
  "destination-disabled",
  "destination-down",
  "destination-forced-down",
  "destination-in-maintenance",
]);

/** Why the host of a plan takes no server now; undefined: it is open. */
export const closedBy = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ code, severity }) => severity === "blocker" && CLOSED.has(code));

/**
 * The plan for a server that lives elsewhere while its own host is closed: verify it where it is, move nothing. Only for a
 * host that the last run was asked for too: an edit of `host` to a closed host stays refused.
 *
 * @param previous the record of the last successful run, as Pulumi hands it over
 * @returns null if the server is not away for that reason
 */
export function awayFromHome(
  request: MigrationRequest,
  snapshot: Snapshot,
  decided: Plan,
  previous: MigrationRecord | null,
): Plan | null {
  const { id, host, status, availabilityZone } = snapshot.server;
  if (decided.action !== "refuse" || decided.destination === undefined || host === null || status === "ERROR")
    return null;
  if (previous?.server.id !== id || previous.destination.host !== request.host) return null;
  const closed = closedBy(decided.findings);
  if (closed === undefined || isUnclean(decided.findings)) return null;
  const home = decided.destination.name;
  const away = transientWarning("away", {
    path: "host",
    value: `on ${host} (${availabilityZone ?? "zone unknown"}), not on ${home}`,
    problem: closed.problem,
    fix: `nothing now: it was verified where it is. ${comesBack(request, home)}`,
  });
  const destination = { name: host, host: hostNamed(snapshot.hosts, host), why: null };
  return { action: "nothing", destination, home: decided.destination, findings: [away] };
}

const comesBack = ({ avoid = [] }: MigrationRequest, home: string) =>
  avoid.includes(home)
    ? `It comes home when the maintenance of ${home} ends`
    : `When ${home} is open again, the next \`pulumi up\` moves it back (onDrift: restore)`;
