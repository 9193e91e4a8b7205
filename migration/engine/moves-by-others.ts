import { isIntact } from "../verify/outcome.ts";
import { othersAfter } from "./failure-reason.ts";
import { migratingElsewhere, migrationInFlight, transientBlocker } from "../plan/finding.ts";
import type { Check, Finding } from "../contract/record.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";

/** Checks that fail for as long as Nova works on the server, such as during a reboot. */
const OF_A_TASK = new Set(["task-state", "server-status", "vm-state"]);

/** Whether nothing is wrong but that Nova is at another task of the server. Pure. */
export const isOnlyBusy = (checks: readonly Check[], { server }: Snapshot): boolean =>
  server.taskState !== null && checks.every(({ check, outcome }) => outcome !== "failed" || OF_A_TASK.has(check));

/** The checks without those that fail only because Nova is at another task of the server. Pure. */
export const asIfIdle = (checks: readonly Check[], { server }: Snapshot): Check[] =>
  checks.map((made) =>
    server.taskState !== null && server.status !== "ERROR" && made.outcome === "failed" && OF_A_TASK.has(made.check)
      ? { ...made, outcome: "passed" }
      : made,
  );

/**
 * What to report if someone else has moved the server, and it is moving still, or whole where it is: then its place says
 * nothing about this run. Null: it is not so.
 *
 * @param after the last migration that this run knows of
 * @param expected the hosts where this run leaves it: Nova lists live migrations alone, and a server that is on none of these
 *   was moved in another way
 */
export async function movedByOthers(
  { after, expected, snapshot }: { after: number | null; expected: readonly (string | null)[]; snapshot: Snapshot },
  verify: (host: string, other: MigrationEntry | null) => Promise<{ checks: readonly Check[]; snapshot: Snapshot }>,
  checkable: () => readonly Check[],
): Promise<{ found: Finding; snapshot: Snapshot } | null> {
  const { host } = snapshot.server;
  const other = othersAfter(after, snapshot);
  if (other !== null && IN_FLIGHT.has(other.status)) {
    const { destCompute: destination, status } = other;
    const found =
      destination === null ? migrationInFlight(other.id, status) : migratingElsewhere(other.id, destination);
    return { found, snapshot };
  }
  const unlisted = expected.every((one) => one !== null && one !== host);
  if (host === null || (other === null && !unlisted)) return null;
  const { checks, snapshot: seen } = await verify(host, other);
  if (!isIntact(asIfIdle(checks, seen), checkable())) return null;
  const found = transientBlocker("moved-by-others", {
    path: "server",
    value: host,
    problem: `someone else moved it to ${host} during this run, and it is intact there`,
    fix: "ask who moved it and why, then run this again for the host where it should run",
  });
  return { found, snapshot: seen };
}
