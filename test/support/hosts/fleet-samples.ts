import type { DrainOptions } from "../../../migration/hosts/drain-options.ts";
import type { DrainServer } from "../../../migration/hosts/plan/drain-plan.ts";
import type { HostService, RoomOf } from "../../../migration/hosts/hosts-cloud.ts";
import { known, type GroupFacts, type ServerFacts } from "../../../migration/cloud/snapshot.ts";
import { host, providerOf, server, snapshot } from "../engine/samples.ts";

export const OPTIONS: DrainOptions = {
  hosts: ["node-01"],
  to: null,
  toOtherZones: false,
  stopped: "cold",
  notMovable: "refuse",
  canary: 1,
  stopAfter: 1,
  parallel: 1,
  reason: "kernel upgrade",
};

export const service = (name: string, over: Partial<HostService> = {}): HostService => ({
  ...host(name, "nova"),
  serviceId: `service-of-${name}`,
  reportedAt: "2026-01-01T00:00:00Z",
  ...over,
});

/** node-01 to node-N. */
export const services = (count: number): HostService[] =>
  Array.from({ length: count }, (_, i) => service(`node-${String(i + 1).padStart(2, "0")}`));

/** As Nova writes them. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** A volume-backed server that waits to be moved. */
export function waiting(n: number, from: string, over: Partial<ServerFacts> = {}, ramMiB = 1024): DrainServer {
  const flavor = { vcpus: 1, ramMiB, rootGiB: 1, ephemeralGiB: 0, swapMiB: 0, extraSpecs: {} };
  const facts = server({
    id: uuid(n),
    name: `vm${n}`,
    host: from,
    flavor,
    volumes: [],
    availabilityZone: "nova",
    ...over,
  });
  return {
    from,
    snapshot: snapshot({ server: facts, volumes: known([]), attachments: known([]), allocations: known({}) }),
    need: { VCPU: 1, MEMORY_MB: ramMiB },
  };
}

export const inGroup = (one: DrainServer, ...groups: GroupFacts[]): DrainServer => ({
  ...one,
  snapshot: { ...one.snapshot, groups: known(groups) },
});

/** All hosts with so much memory, and so much of it in use. */
export const roomFor = (hosts: readonly HostService[], memory: number, used: Record<string, number> = {}) =>
  known(
    new Map<string, RoomOf>(
      hosts.map(({ host: name }) => [
        providerOf(name),
        { VCPU: { capacity: 64, used: 0 }, MEMORY_MB: { capacity: memory, used: used[name] ?? 0 } },
      ]),
    ),
  );

/** The snapshots' list of hosts is that of the services. */
export const seeing = (servers: readonly DrainServer[], hosts: readonly HostService[]): DrainServer[] =>
  servers.map((one) => ({ ...one, snapshot: { ...one.snapshot, hosts: known([...hosts]) } }));
