import type { Cloud } from "../../openstack/cloud.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import type { Server } from "../../openstack/compute/server.ts";
import type { Facts } from "./adoption.ts";

/** Asks the cloud about a server, its volumes and the zones. It reads only. */
export async function readFacts({ session, compute, blockStorage }: Cloud, wanted: string): Promise<Facts> {
  const [servers, aggregates] = await Promise.all([compute.findServers(wanted), compute.getAggregates()]);
  const known = { wanted, servers, aggregates, project: session.projectId };
  const [server] = servers;
  if (server === undefined) return { ...known, volumes: [], elsewhere: await inAllProjects(compute, wanted) };
  if (servers.length > 1) return { ...known, volumes: [] };
  const attached = await compute.getServerVolumeAttachments(server.id);
  const found = await blockStorage.getVolumes({ ids: attached.map(({ volumeId }) => volumeId) });
  // Nova lists them in any order; the root is the first device.
  const device = new Map(attached.map(({ volumeId, device: name }) => [volumeId, name ?? ""]));
  const volumes = found.sort((a, b) => ((device.get(a.id) ?? "") < (device.get(b.id) ?? "") ? -1 : 1));
  return { ...known, volumes };
}

/** For the text of the refusal alone: none where this user may not look. */
async function inAllProjects(compute: Cloud["compute"], wanted: string): Promise<Server[]> {
  return await compute.findServers(wanted, { allProjects: true }).catch((error: unknown) => {
    if (isStatus(error, 403)) return [];
    throw error;
  });
}
