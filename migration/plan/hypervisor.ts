import { finding } from "./findings/finding.ts";
import type { Finding } from "../contract/record.ts";
import type { HostFacts } from "../cloud/snapshot.ts";

/** Nova compares type and version itself (nova/conductor/tasks/live_migrate.py _check_compatible_with_source_hypervisor). */
export function hypervisorFindings({ hypervisor: from }: HostFacts, { hypervisor: to }: HostFacts): Finding[] {
  if (!from || !to) return [];
  const found: Finding[] = [];
  if (from.type !== null && to.type !== null && from.type !== to.type) {
    found.push(finding("hypervisor-type", { source: from.type, destination: to.type }));
  }
  if (from.version !== null && to.version !== null && to.version < from.version) {
    found.push(finding("hypervisor-older", { source: String(from.version), destination: String(to.version) }));
  }
  return found;
}

/**
 * How the destination's CPU falls short of the source's. libvirt on the destination is the judge, and a guest with a CPU
 * model of its own (`cpu_mode=custom`) may go all the same: a possible cause of a failure, not a reason to refuse
 * (nova/virt/libvirt/driver.py _compare_cpu at 33.0.2). Pure.
 */
export function cpuFindings({ host, hypervisor: from }: HostFacts, { host: to, hypervisor }: HostFacts): Finding[] {
  const [source, destination] = [from?.cpu, hypervisor?.cpu];
  if (!source || !destination) return [];
  const lacking =
    source.vendor === destination.vendor
      ? source.features.filter((feature) => !destination.features.includes(feature))
      : [`${source.vendor ?? "?"} → ${destination.vendor ?? "?"}`];
  return lacking.length === 0
    ? []
    : [finding("cpu-differs", { source: host, destination: to, lacking: lacking.join(", ") })];
}
