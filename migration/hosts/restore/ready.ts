import type { Known } from "../../cloud/snapshot.ts";
import type { Check } from "../../contract/record.ts";
import type { HostsContext } from "../hosts-context.ts";
import type { HostService, Readiness } from "../hosts-cloud.ts";

const POLL = 3_000;
/** So long it has to stay ready, in milliseconds: a host that is about to restart reports for some seconds yet. */
const STEADY = 10_000;
/** Resource classes of which a compute host always has one of each row. */
const INVENTORY = [["VCPU", "PCPU"], ["MEMORY_MB"]];

/** What was seen of a host at the beginning of the wait: a report from before does not count. */
export interface Baseline {
  reportedAt: string | null;
  heartbeats: ReadonlyMap<string, string | null>;
}

export const baselineOf = ({ reportedAt }: HostService, { agents }: Readiness): Baseline => ({
  reportedAt,
  heartbeats: new Map(agents.known ? agents.value.map(({ id, heartbeatAt }) => [id, heartbeatAt]) : []),
});

/**
 * Whether a host can take servers: its service has reported anew, its hypervisor is up, each agent that is wanted has
 * reported anew and is alive, and Placement has its inventory. What is not visible is not checked, and does not hold it up. Pure.
 */
export function readyChecks(service: HostService | undefined, seen: Readiness, before: Baseline): Check[] {
  return [
    serviceCheck(service, before),
    hypervisorCheck(seen.hypervisor),
    agentsCheck(seen.agents, before),
    inventoryCheck(seen.inventory),
  ];
}

export const isReady = (checks: readonly Check[]): boolean => checks.every(({ outcome }) => outcome !== "failed");

function serviceCheck(service: HostService | undefined, before: Baseline): Check {
  const place = { check: "service-up", expected: "nova-compute is up, with a report of now" };
  const failed = (observed: string, reason: string): Check => ({ ...place, observed, outcome: "failed", reason });
  if (service === undefined) return failed("none", "no nova-compute service of this name is listed");
  if (service.unread !== undefined) return failed("not visible", service.unread);
  if (service.forcedDown) return failed("forced down", "an operator marked it as forced down");
  if (!service.up) return failed("down", "nova-compute does not report: start it, or look in its log");
  if (service.reportedAt !== null && service.reportedAt === before.reportedAt) {
    return failed(
      `up, last report ${service.reportedAt}`,
      "no new report yet: Nova shows a service as up for a minute after its last one",
    );
  }
  return { ...place, observed: `up, reported ${service.reportedAt ?? "at a time not shown"}`, outcome: "passed" };
}

const notVisible = (check: string, expected: string, reason: string): Check => ({
  check,
  expected,
  observed: "not visible",
  outcome: "not-checked",
  reason,
});

function hypervisorCheck(hypervisor: Known<string>): Check {
  const place = { check: "hypervisor-up", expected: "up" };
  if (!hypervisor.known) return notVisible(place.check, place.expected, hypervisor.reason);
  return hypervisor.value === "up"
    ? { ...place, observed: "up", outcome: "passed" }
    : {
        ...place,
        observed: hypervisor.value,
        outcome: "failed",
        reason: "Nova does not reach the hypervisor (libvirt)",
      };
}

function agentsCheck(agents: Readiness["agents"], before: Baseline): Check {
  const place = { check: "agents-alive", expected: "every Neutron agent of the host is alive, with a report of now" };
  if (!agents.known) return notVisible(place.check, place.expected, agents.reason);
  const wanted = agents.value.filter((agent) => agent.wanted);
  if (wanted.length === 0) return notVisible(place.check, place.expected, "Neutron lists no agent of this host");
  const bad = wanted.filter(
    ({ id, alive, heartbeatAt }) => !alive || (heartbeatAt !== null && before.heartbeats.get(id) === heartbeatAt),
  );
  const observed = bad
    .map(({ binary, alive }) => `${binary} ${alive ? "has not reported anew" : "is dead"}`)
    .join(", ");
  return bad.length === 0
    ? { ...place, observed: `${wanted.length} alive`, outcome: "passed" }
    : { ...place, observed, outcome: "failed", reason: "servers there would have no network" };
}

function inventoryCheck(inventory: Known<string[]>): Check {
  const place = { check: "inventory-present", expected: "Placement has its CPUs and memory" };
  if (!inventory.known) return notVisible(place.check, place.expected, inventory.reason);
  const missing = INVENTORY.filter((classes) => !classes.some((name) => inventory.value.includes(name)));
  return missing.length === 0
    ? { ...place, observed: inventory.value.join(", "), outcome: "passed" }
    : {
        ...place,
        observed: inventory.value.join(", ") || "nothing",
        outcome: "failed",
        reason: "nova-compute has not reported its resources: the scheduler would find no room",
      };
}

/**
 * Waits until a host is ready.
 *
 * @param patience in milliseconds
 * @returns the last checks; one of them failed: it is not ready
 */
export async function untilReady(
  name: string,
  { cloud, clock, stop, progress }: HostsContext,
  patience: number,
): Promise<Check[]> {
  const until = clock.now() + patience;
  let before: Baseline | undefined;
  let told = "";
  let readySince: number | undefined;
  for (;;) {
    const service = (await cloud.services()).entries.find(({ host }) => host === name);
    const seen: Readiness = service ? await cloud.readiness(service) : NOTHING;
    before ??= service ? baselineOf(service, seen) : { reportedAt: null, heartbeats: new Map() };
    const checks = readyChecks(service, seen, before);
    readySince = isReady(checks) ? (readySince ?? clock.now()) : undefined;
    const isSteady = readySince !== undefined && clock.now() - readySince >= STEADY;
    if (isSteady || (readySince === undefined && clock.now() >= until) || stop.aborted) return checks;
    const what = checks
      .filter(({ outcome }) => outcome === "failed")
      .map(({ check, observed }) => `${check} (${observed})`)
      .join(", ");
    if (what !== told && what !== "") progress({ kind: "step", text: `${name}: waiting until it is ready: ${what}` });
    told = what;
    await clock.sleep(POLL, stop);
  }
}

const missing = { known: false, reason: "its compute service is not listed" } as const;
const NOTHING: Readiness = { hypervisor: missing, inventory: missing, agents: missing };
