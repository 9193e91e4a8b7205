import type { Cloud } from "../../openstack/cloud.ts";
import { isStatus, OpenStackError } from "../../openstack/http/errors.ts";
import type { Truth } from "./observation.ts";

/** The cloud may be away for so long after one of its services has died, in milliseconds. */
const PATIENCE = 90_000;

/** Reads the truth from the cloud's own APIs, without the engine. */
export async function observe(cloud: Cloud, serverId: string, volumeIds: readonly string[]): Promise<Truth> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await look(cloud, serverId, volumeIds);
    } catch (error) {
      if (!(error instanceof OpenStackError) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

async function look({ compute, blockStorage }: Cloud, serverId: string, volumeIds: readonly string[]): Promise<Truth> {
  const [server, attachments, volumes, migrations] = await Promise.all([
    compute.getServer(serverId).catch((error: unknown) => {
      if (isStatus(error, 404)) return null;
      throw error;
    }),
    blockStorage.getAttachments({ instanceId: serverId, allProjects: true }),
    blockStorage.getVolumes({ ids: [...volumeIds], allProjects: true }),
    compute.getMigrations({ instanceId: serverId }),
  ]);
  return {
    server: server && { status: server.status, taskState: server.taskState, host: server.host ?? null },
    volumes: volumeIds.map((id) => {
      const volume = volumes.find((one) => one.id === id);
      return {
        id,
        status: volume?.status ?? "missing",
        attachments: attachments.filter(({ volumeId }) => volumeId === id).length,
        hosts: (volume?.attachments ?? [])
          .filter((one) => one.serverId === serverId)
          .map(({ hostName }) => hostName ?? null),
      };
    }),
    migrations: migrations.map(({ id, status, sourceCompute, destCompute }) => ({
      id,
      status,
      source: sourceCompute ?? null,
      destination: destCompute ?? null,
    })),
  };
}
