import type { Cloud } from "../openstack/cloud.ts";
import type { Facts } from "./adoption.ts";

/** Asks the cloud about a server, its volumes and the zones. It reads only. */
export async function readFacts({ compute, blockStorage }: Cloud, wanted: string): Promise<Facts> {
  const [servers, aggregates] = await Promise.all([compute.findServers(wanted), compute.getAggregates()]);
  const [server] = servers;
  if (server === undefined || servers.length > 1) return { wanted, servers, volumes: [], aggregates };
  const attached = await compute.getServerVolumeAttachments(server.id);
  const found = await blockStorage.getVolumes({ ids: attached.map(({ volumeId }) => volumeId) });
  // Nova lists them in any order; the root is the first device.
  const device = new Map(attached.map(({ volumeId, device: name }) => [volumeId, name ?? ""]));
  const volumes = found.sort((a, b) => ((device.get(a.id) ?? "") < (device.get(b.id) ?? "") ? -1 : 1));
  return { wanted, servers, volumes, aggregates };
}
