import { blocker, warning } from "./finding.ts";
import type { Finding } from "../contract/record.ts";
import type { HostFacts } from "../cloud/snapshot.ts";

/** Nova compares type and version itself (nova/conductor/tasks/live_migrate.py _check_compatible_with_source_hypervisor). */
export function* hypervisorFindings(
  { hypervisor: from }: HostFacts,
  { hypervisor: to }: HostFacts,
): Generator<Finding> {
  if (!from || !to) return;
  if (from.type !== null && to.type !== null && from.type !== to.type) {
    yield blocker("hypervisor-type", {
      path: "host",
      value: `${from.type} → ${to.type}`,
      problem: "source and destination are different kinds of hypervisor",
      fix: "choose a host with the same hypervisor type",
    });
  }
  if (from.version !== null && to.version !== null && to.version < from.version) {
    yield blocker("hypervisor-older", {
      path: "host",
      value: `${from.version} → ${to.version}`,
      problem: "the destination's hypervisor is older than the source's: Nova refuses to go back",
      fix: "upgrade the destination first, or choose another host",
    });
  }
}

/**
 * How the destination's CPU falls short of the source's. libvirt on the destination is the judge, and a guest with a CPU
 * model of its own (`cpu_mode=custom`) may still move: a possible cause of a failure, not a reason to refuse
 * (nova/virt/libvirt/driver.py _compare_cpu at 33.0.2). Pure.
 */
export function cpuFindings({ host, hypervisor: from }: HostFacts, { host: to, hypervisor }: HostFacts): Finding[] {
  const [source, destination] = [from?.cpu, hypervisor?.cpu];
  if (!source || !destination) return [];
  const lacking =
    source.vendor === destination.vendor
      ? source.features.filter((feature) => !destination.features.includes(feature))
      : [`${source.vendor ?? "?"} → ${destination.vendor ?? "?"}`];
  if (lacking.length === 0) return [];
  const features = lacking.join(", ");
  return [
    warning("cpu-differs", {
      path: "host",
      value: features,
      problem: `the CPU of ${to} lacks what the CPU of ${host} has (${features}), which a guest may need`,
      fix: "choose a host with the same or a newer CPU of that vendor, or have the same `cpu_models` configured on all hosts",
    }),
  ];
}
