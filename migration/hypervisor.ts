import { finding } from "./finding.ts";
import type { Finding } from "./record.ts";
import type { HostFacts } from "./snapshot.ts";

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
