import type { Cloud } from "../../openstack/cloud.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import type { Server } from "../../openstack/compute/server.ts";

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

type One<S> = { server: S; wrong: null } | { server: null; wrong: { problem: string; fix: string } };

/** The one server that was found; or why there is not one, and what to do. Pure. */
export function theOne<S extends { id: string }>(wanted: string, found: readonly S[]): One<S> {
  const [server, ...others] = found;
  if (!server) {
    const problem = `no server has the id or name ${wanted} that this user may see`;
    return { server: null, wrong: { problem, fix: "check its spelling, the cloud and the project" } };
  }
  if (others.length === 0) return { server, wrong: null };
  const ids = found.map(({ id }) => id).join(", ");
  return { server: null, wrong: { problem: `${found.length} servers are named ${wanted}`, fix: `use one of ${ids}` } };
}
