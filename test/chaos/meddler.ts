import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/errors.ts";
import type { Hosts } from "./hosts.ts";
import type { Meddling } from "./schedule.ts";

/** Someone else at work. Returns how many migrations they asked for that Nova accepted. */
export async function meddle(
  cloud: Cloud,
  hosts: Hosts,
  { what, serverId, destination }: { what: Meddling; serverId: string; destination: string },
): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, what.atMs));
  try {
    switch (what.kind) {
      case "disable":
        await hosts.disable(destination);
        return 0;
      case "abort": {
        const [newest] = await cloud.compute.getMigrations({ instanceId: serverId, limit: 1 });
        if (newest) await cloud.compute.abortMigration(serverId, newest.id);
        return 0;
      }
      case "migrate":
        await cloud.compute.liveMigrate(serverId, { host: what.host, blockMigration: "auto" });
        return 1;
    }
  } catch (error) {
    // Too late, too early, or Nova is busy with it already: their bad luck.
    if (error instanceof OpenStackError) return 0;
    throw error;
  }
}
