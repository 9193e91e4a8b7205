import { readMaintenance, type MaintenanceDocument } from "../../migration/contract/maintenance.ts";
import type { Brought } from "../maintained-hosts.ts";
import { INSTANCE } from "./live-server.ts";
import { lastRunOf } from "./last-runs.ts";
import type { StackResources } from "./stack-state.ts";

/** The last successful run of a maintenance; `none`: it never ran. */
export type LastMaintenance =
  | { kind: "known"; environment: Readonly<Record<string, string>>; document: MaintenanceDocument | null }
  | { kind: "none" | "unreadable" };

/** Of the command with this URN. Pure. */
export function lastMaintenanceOf(resources: StackResources, urn: string): LastMaintenance {
  const run = lastRunOf(resources[urn]);
  if (run.kind !== "known") return run;
  const stdout = resources[urn]?.outputs["stdout"];
  const document = typeof stdout === "string" ? readMaintenance(stdout) : null;
  return { kind: "known", environment: run.environment, document };
}

/** Ids of all servers of the stack: those that it made, and those that it only moves. Pure. */
export function ownServers(resources: StackResources): ReadonlySet<string> {
  const ids = Object.entries(resources).flatMap(([urn, resource]) => {
    if (resource.type === INSTANCE) return [resource.outputs["id"]];
    const run = urn.includes("command:local:Command") ? lastRunOf(resource) : undefined;
    return run?.kind === "known" ? [run.environment["LIVE_MIGRATE_SERVER"]] : [];
  });
  return new Set(ids.filter((id) => typeof id === "string"));
}

/** Where maintenances of the stack have brought servers, by their ids. Pure. */
export function broughtBy(resources: StackResources): ReadonlyMap<string, Brought> {
  const places = new Map<string, Brought>();
  for (const [urn, resource] of Object.entries(resources)) {
    if (!MAINTENANCE.test(urn)) continue;
    const stdout = resource.outputs["stdout"];
    const document = typeof stdout === "string" ? readMaintenance(stdout) : null;
    for (const { moved, settings } of Object.values(document?.hosts ?? {})) {
      for (const { server, from, to } of moved) places.set(server.id, { from, to, returns: settings.return ?? true });
    }
  }
  return places;
}

/**
 * Whether an `up` has begun a maintenance of which no run has succeeded: the component is in the state, its command is not.
 * Only it knows what it has closed. Pure.
 */
export const isBegun = (resources: StackResources): boolean =>
  Object.values(resources).some(({ type }) => type === COMPONENT) &&
  !Object.keys(resources).some((urn) => MAINTENANCE.test(urn));

const COMPONENT = "openstack-live-migration:index:HostMaintenance";
const MAINTENANCE = /openstack-live-migration:index:HostMaintenance\$command:local:Command::/;
