import type { Cloud } from "../openstack/cloud.ts";
import { isStatus } from "../openstack/errors.ts";
import type { Server } from "../openstack/server.ts";

/**
 * Servers of an id or name, in all projects where that is allowed: those who move servers are rarely those who own them.
 */
export async function findServers({ compute }: Cloud, nameOrId: string): Promise<Server[]> {
  try {
    return await compute.findServers(nameOrId, { allProjects: true });
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return await compute.findServers(nameOrId);
  }
}

/** Why `found` is not one server; null: it is. Pure. */
export function notOne(nameOrId: string, found: readonly { id: string }[]): string | null {
  if (found.length === 0) return `no server has the id or name ${nameOrId} that this user may see`;
  if (found.length === 1) return null;
  return `${found.length} servers are named ${nameOrId}: use one of ${found.map(({ id }) => id).join(", ")}`;
}
