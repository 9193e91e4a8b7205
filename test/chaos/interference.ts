import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Hosts, Undo } from "./hosts.ts";
import type { Interference } from "./schedule.ts";

const NOTHING: Interfered = { accepted: 0, undo: null };

/** The effect: how many migrations Nova accepted, and how to undo the rest. */
export interface Interfered {
  accepted: number;
  undo: Undo | null;
}

/** Acts on the cloud as another operator would, while a move runs. */
export async function interfere(
  cloud: Cloud,
  hosts: Hosts,
  { what, serverId, destination }: { what: Interference; serverId: string; destination: string },
): Promise<Interfered> {
  await new Promise((resolve) => setTimeout(resolve, what.atMs));
  try {
    switch (what.kind) {
      case "disable":
        return { accepted: 0, undo: await hosts.disable(destination) };
      case "abort": {
        const [newest] = await cloud.compute.getMigrations({ instanceId: serverId, limit: 1 });
        if (newest) await cloud.compute.abortMigration(serverId, newest.id);
        return NOTHING;
      }
      case "migrate":
        await cloud.compute.liveMigrate(serverId, { host: what.host, blockMigration: "auto" });
        return { accepted: 1, undo: null };
    }
  } catch (error) {
    // Too late, too early, or Nova is busy with the server.
    if (error instanceof OpenStackError) return NOTHING;
    throw error;
  }
}
