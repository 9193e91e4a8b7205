import type { Cloud } from "../../../openstack/cloud.ts";
import { OpenStackError } from "../../../openstack/http/errors.ts";
import type { HostTruth } from "./observation.ts";

const ENDED = new Set(["completed", "confirmed", "reverted", "error", "failed", "cancelled", "done"]);

/** Reads the truth of a host from the cloud's own APIs, without the engine. */
export async function observeHost(cloud: Cloud, host: string): Promise<HostTruth> {
  const { compute, placement } = cloud;
  const [[service], servers, migrations, hypervisors] = await Promise.all([
    compute.getServices({ host, binary: "nova-compute" }),
    compute.getServers({ allProjects: true, host }),
    compute.getMigrations({ host }),
    compute.getHypervisors(),
  ]);
  const node = hypervisors.find(({ serviceHost }) => serviceHost === host);
  if (service === undefined || node === undefined) throw new Error(`${host} has no nova-compute or no hypervisor`);
  const held = await placement.getProviderAllocations(node.id).catch((error: unknown) => {
    if (error instanceof OpenStackError) return {};
    throw error;
  });
  return {
    enabled: service.status === "enabled",
    servers: servers.map(({ id }) => id),
    migrations: migrations.filter(({ status }) => !ENDED.has(status)).map(({ id }) => id),
    consumers: Object.keys(held),
  };
}
