/** What a maintenance of this stack means for a server that is declared on the host. Pure. */
import type { PlanDocument } from "../../migration/contract/plan-document.ts";
import type { Finding } from "../../migration/contract/record.ts";
import { describeFinding } from "../../migration/plan/finding.ts";
import type { Problem } from "../../openstack/problems.ts";
import type { Brought, MaintainedHosts } from "../maintained-hosts.ts";

/** The part of a last run that counts here. */
type LastRun = { kind: "known"; environment: Readonly<Record<string, string>> } | { kind: "none" | "unreadable" };

/** The maintenance for which a server is away. */
export interface HomeMaintenance {
  /** In maintenance. */
  host: string;
  /** Null: its entry was removed, and the maintenance ends with this `up`. */
  reason: string | null;
  /** Where the maintenance brought the server; undefined: not known. */
  to?: string;
}

/**
 * The maintenance of a server's own host; of a server that is declared in a zone, that of the host which it was brought
 * away from. Null: none.
 */
export function maintenanceOf({
  server,
  host,
  maintained,
  brought,
}: {
  server: string;
  host: string | undefined;
  maintained: MaintainedHosts;
  brought: ReadonlyMap<string, Brought>;
}): HomeMaintenance | null {
  const away = brought.get(server);
  const home = host ?? away?.from;
  if (home === undefined) return null;
  // Nothing but the end of the maintenance brings it home, and that is no drift.
  const reason = maintained.get(home) ?? (away?.from === home && away.returns ? null : undefined);
  if (reason === undefined) return null;
  return { host: home, reason, ...(away?.from === home && { to: away.to }) };
}

/** Whether the last successful run was for another host, or there was none. What is not known counts as the same. */
export const isOther = (last: LastRun, host: string): boolean =>
  last.kind === "none" || (last.kind === "known" && last.environment["LIVE_MIGRATE_HOST"] !== host);

/** A server is asked onto a host in maintenance. */
export const ontoHost = (name: string, { host, reason }: HomeMaintenance): Problem => ({
  path: `${name}.host`,
  value: host,
  problem: `${host} is in maintenance (${reason ?? "which ends with this `up`"}), and takes no server`,
  fix: "choose another host; or end the maintenance first, in an `up` of its own",
});

/** The same for a server that `up` will create, or of which nothing else is known. */
export function ontoMaintained({
  name,
  host,
  lastRun,
  maintained,
}: {
  name: string;
  host: string | undefined;
  lastRun: LastRun;
  maintained: MaintainedHosts;
}): Problem[] {
  const reason = host === undefined ? undefined : maintained.get(host);
  return host !== undefined && reason !== undefined && isOther(lastRun, host) ? [ontoHost(name, { host, reason })] : [];
}

/** What a preview says of a server that is away: where it is, and what is wrong with the server itself. */
export function awayForMaintenance(
  { source, findings }: PlanDocument,
  { host, reason, to }: HomeMaintenance,
): { level: "info" | "warn"; text: string }[] {
  const { host: at, availabilityZone: zone } = source;
  const place = `${at ?? "another host"} (${zone ?? "zone unknown"})`;
  const others = to !== undefined && at !== null && at !== to ? `; the maintenance brought it to ${to}` : "";
  const why =
    reason === null
      ? `the maintenance of ${host} ends with this \`up\`, and then it comes home`
      : `${host} is in maintenance (${reason}). It comes home when that ends`;
  const text = `away for maintenance, on ${place}${others}: ${why}`;
  return [
    { level: "info", text },
    ...findings.filter(isOfServer).map((finding) => ({ level: "warn" as const, text: describeFinding(finding) })),
  ];
}

/** That it cannot go home now is as it should be. */
const isOfServer = ({ path, severity }: Finding) => path === "server" && severity === "blocker";
