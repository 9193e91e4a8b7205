import { known, type HostFacts, type Known, type Snapshot } from "./snapshot.ts";

/** Resource classes that only a compute node itself provides, never a pool that several hosts share. */
const OF_A_HOST = ["VCPU", "PCPU", "MEMORY_MB"];

/**
 * Adds each allocation to the compute node whose tree its provider belongs to: bandwidth, PCI devices and vGPUs are
 * allocated from child providers of the host. Leaves out providers of no host that give neither CPU nor memory: pools
 * that several hosts share, such as shared storage.
 *
 * @param rootOf the root of a provider's tree; called only for providers that are no host's
 */
export async function byHost(
  allocations: Snapshot["allocations"],
  hosts: Known<HostFacts[]>,
  rootOf: (provider: string) => Promise<Known<string>>,
): Promise<Snapshot["allocations"]> {
  if (!allocations.known || !hosts.known) return allocations;
  const nodes = new Set(hosts.value.map(({ hypervisor }) => hypervisor?.id));
  const total: Record<string, Record<string, number>> = {};
  for (const [provider, resources] of Object.entries(allocations.value)) {
    const root = nodes.has(provider) ? known(provider) : await rootOf(provider);
    if (!root.known) return root;
    if (!nodes.has(root.value) && !OF_A_HOST.some((name) => name in resources)) continue;
    const sum = (total[root.value] ??= {});
    for (const [name, amount] of Object.entries(resources)) sum[name] = (sum[name] ?? 0) + amount;
  }
  return known(total);
}
