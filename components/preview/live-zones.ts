import { connect, type Cloud } from "../../openstack/cloud.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { isStatus } from "../../openstack/http/errors.ts";
import type { Server } from "../../openstack/compute/server.ts";
import { zoneOrder, zoneWarnings, type ZoneOrder, type Zones } from "./zone-order.ts";

/** How zones are to change, and what people should know of it. */
export interface ZonePlan {
  after: ZoneOrder["after"];
  warnings: string[];
  /** Why the cloud could not be asked; zones then change in any order. */
  unknown?: string;
}

/**
 * Asks the cloud where hosts are now, to order the zones' changes: one request, and one more for each host that
 * changes its zone. A cloud that does not answer is not an error here: the provider reports it.
 */
export async function planZones(declared: Zones, selection: CloudSelection): Promise<ZonePlan> {
  if (Object.keys(declared).length === 0) return { after: {}, warnings: [] };
  let cloud: Cloud | undefined;
  const skipped: string[] = [];
  try {
    cloud = await connect(selection, { onSkipped: (message) => void skipped.push(message) });
    const { compute } = cloud;
    const aggregates = await compute.getAggregates();
    const live: Record<string, string[]> = {};
    for (const { availabilityZone, hosts } of aggregates) {
      if (availabilityZone !== undefined) (live[availabilityZone] ??= []).push(...hosts);
    }
    const order = zoneOrder(live, declared);
    const servers: Record<string, string[]> = {};
    for (const { host } of order.moves) {
      servers[host] ??= (await serversOn(cloud, host)).map(({ name }) => name);
    }
    return { after: order.after, warnings: [...zoneWarnings(order, servers), ...skipped] };
  } catch (error) {
    return { after: {}, warnings: [], unknown: error instanceof Error ? error.message : String(error) };
  } finally {
    await cloud?.session.close();
  }
}

/** Servers of all projects if this user may list them; otherwise its own. Servers that it cannot see cause no warning. */
async function serversOn({ compute }: Cloud, host: string): Promise<Server[]> {
  return await compute.getServers({ allProjects: true, host }).catch((error: unknown) => {
    if (isStatus(error, 403)) return compute.getServers({ host });
    throw error;
  });
}
