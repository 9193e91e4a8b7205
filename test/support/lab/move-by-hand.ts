import type { Cloud } from "../../../openstack/cloud.ts";
import { eventually } from "./cloud.ts";

/** As any administrator may, without this project's engine. */
export async function moveByHand(cloud: Cloud, id: string, host: string): Promise<void> {
  await cloud.compute.liveMigrate(id, { host });
  await eventually(`${id} is on ${host}`, 60, async () => {
    const server = await cloud.compute.getServer(id);
    const [last] = await cloud.compute.getMigrations({ instanceId: id, limit: 1 });
    return server.host === host && server.taskState === null && last?.status === "completed";
  });
}
