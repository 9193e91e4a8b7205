import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import type { Hosts, Undo } from "./hosts.ts";
import type { Meddling } from "./schedule.ts";

const NOTHING: Meddled = { accepted: 0, undo: null };

/** What came of it: migrations that Nova accepted, and what puts the rest right. */
export interface Meddled {
  accepted: number;
  undo: Undo | null;
}

/** Someone else at work. */
export async function meddle(
  cloud: Cloud,
  hosts: Hosts,
  { what, serverId, destination }: { what: Meddling; serverId: string; destination: string },
): Promise<Meddled> {
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
    // Too late, too early, or Nova is busy with it already: their bad luck.
    if (error instanceof OpenStackError) return NOTHING;
    throw error;
  }
}
