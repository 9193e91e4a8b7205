import { MAINTENANCE_SCHEMA_VERSION, type MaintenancePlanDocument } from "../../contract/maintenance.ts";
import type { MaintenanceRequest } from "../../contract/maintenance-request.ts";
import { EXIT_CODES } from "../../contract/record.ts";
import type { Known } from "../../cloud/snapshot.ts";
import { hostBlockers, hostsNamed } from "../close-hosts.ts";
import { drainPlanDocument } from "../drain-document.ts";
import type { HostsContext } from "../hosts-context.ts";
import type { HostService, RoomOf } from "../hosts-cloud.ts";
import { disabledBy } from "../marker.ts";
import { planDrain, type DrainPlan } from "../plan/drain-plan.ts";
import { surveyHosts } from "../survey-hosts.ts";
import { drainsOf } from "./groups.ts";

/**
 * What a maintenance would move now, and what stands in its way. Reads only.
 *
 * @throws BadInput for hosts that are not there; CloudLost
 */
export async function planMaintenance(
  request: MaintenanceRequest,
  { cloud }: Pick<HostsContext, "cloud">,
): Promise<MaintenancePlanDocument> {
  const listed = await cloud.services();
  const named = hostsNamed(listed, Object.keys(request));
  const services = listed.entries;
  const plans: MaintenancePlanDocument[] = [];
  /** What earlier drains take of the targets. */
  let taken: Known<Map<string, RoomOf>> | undefined;
  for (const options of drainsOf(request)) {
    const hosts = hostsNamed(listed, options.hosts);
    const surveyed = await surveyHosts(hosts, services, options, cloud);
    const room = taken ?? surveyed.input.room;
    const plan = planDrain({ ...surveyed.input, room }, options);
    taken = withArrivals(room, plan, services);
    const findings = [...hostBlockers(hosts), ...surveyed.findings, ...plan.findings];
    const { schemaVersion: _, ...document } = drainPlanDocument(plan, findings, options);
    plans.push({
      ...document,
      schemaVersion: MAINTENANCE_SCHEMA_VERSION,
      document: "maintenance-plan",
      hosts: Object.fromEntries(
        hosts.map((host) => [
          host.host,
          {
            reason: request[host.host]?.reason ?? "",
            zone: host.availabilityZone,
            underWay: disabledBy(host) === "this-program",
          },
        ]),
      ),
    });
  }
  return together(plans, named);
}

/** The room that is left once the servers of a plan have arrived. Pure. */
function withArrivals(
  room: Known<Map<string, RoomOf>>,
  plan: DrainPlan,
  services: readonly HostService[],
): Known<Map<string, RoomOf>> {
  if (!room.known) return room;
  const value = new Map(room.value);
  for (const { host, resources } of plan.targets) {
    const provider = services.find((service) => service.host === host)?.hypervisor?.id;
    if (provider === undefined) continue;
    const after = Object.entries(resources).map(([name, { capacity, after: used }]) => [name, { capacity, used }]);
    value.set(provider, Object.fromEntries(after) as RoomOf);
  }
  return { ...room, value };
}

/** One document of the plans of several drains, one after another. Pure. */
function together(plans: readonly MaintenancePlanDocument[], hosts: readonly HostService[]): MaintenancePlanDocument {
  const targets = new Map<string, MaintenancePlanDocument["targets"][number]>();
  for (const target of plans.flatMap((plan) => plan.targets)) {
    const first = targets.get(target.host);
    const resources = Object.entries(target.resources).map(([name, use]) => [
      name,
      { ...use, before: first?.resources[name]?.before ?? use.before },
    ]);
    targets.set(target.host, {
      ...target,
      arriving: target.arriving + (first?.arriving ?? 0),
      resources: Object.fromEntries(resources) as typeof target.resources,
    });
  }
  return {
    schemaVersion: MAINTENANCE_SCHEMA_VERSION,
    document: "maintenance-plan",
    summary: plans.map(({ summary }) => summary).join("; "),
    exitCode: plans.some(({ exitCode }) => exitCode !== 0) ? EXIT_CODES.refused : 0,
    hosts: Object.fromEntries(
      hosts.flatMap(({ host }) => {
        const planned = plans.find((plan) => Object.hasOwn(plan.hosts, host))?.hosts[host];
        return planned === undefined ? [] : [[host, planned] as const];
      }),
    ),
    moves: plans.flatMap(({ moves }) => moves),
    stays: plans.flatMap(({ stays }) => stays),
    targets: [...targets.values()],
    findings: uniqueBy(
      plans.flatMap(({ findings }) => findings),
      (finding) => JSON.stringify(finding),
    ),
    estimateSeconds: plans.reduce((sum, { estimateSeconds }) => sum + estimateSeconds, 0),
  };
}

const uniqueBy = <T>(all: readonly T[], keyOf: (one: T) => string): T[] => [
  ...new Map(all.map((one) => [keyOf(one), one])).values(),
];
