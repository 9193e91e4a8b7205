/** What a cloud offers to a new stack. */
import type { Problem } from "../../openstack/problems.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import type { Aggregate, ComputeService } from "../../openstack/compute/compute-hosts.ts";
import type { Flavor } from "../../openstack/compute/server.ts";
import type { RequestedStack } from "./requested-stack.ts";

export interface Places {
  /** Availability zones with all of their hosts. `made`: by an aggregate; otherwise it is Nova's default zone. */
  zones: { name: string; hosts: string[]; made: boolean }[];
  /** Hosts that can take a server now. */
  ready: string[];
  /** Names, the smallest one first. */
  flavors: string[];
}

/** Asks the cloud, as an administrator. It reads only. */
export async function readPlaces({ compute }: Cloud): Promise<Places> {
  return placesOf(
    ...(await Promise.all([
      compute.getServices({ binary: "nova-compute" }),
      compute.getAggregates(),
      compute.getFlavors(),
    ])),
  );
}

/** Pure. Includes zones without hosts, which only an aggregate shows. */
export function placesOf(
  services: readonly ComputeService[],
  aggregates: readonly Pick<Aggregate, "availabilityZone">[],
  flavors: readonly Flavor[],
): Places {
  const made = new Set(aggregates.flatMap(({ availabilityZone }) => availabilityZone ?? []));
  return {
    zones: [...new Set([...services.map(({ zone }) => zone), ...made])].sort().map((name) => {
      return { name, hosts: hostsOf(services.filter(({ zone }) => zone === name)), made: made.has(name) };
    }),
    ready: hostsOf(services.filter((one) => one.state === "up" && one.status === "enabled" && one.forcedDown !== true)),
    flavors: [...flavors].sort((a, b) => a.ramMiB - b.ramMiB || a.vcpus - b.vcpus).map((one) => one.originalName),
  };
}

const hostsOf = (services: readonly ComputeService[]): string[] => services.map(({ host }) => host).sort();

/** What the request asks for that this cloud does not have, or has already. Pure. */
export function placeProblems(request: RequestedStack, { zones, flavors }: Places): Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, value: unknown, problem: string, fix: string) =>
    problems.push({ path, value, problem, fix });
  const made = zones.filter((zone) => zone.made);
  const hosts = zones.flatMap((zone) => zone.hosts);
  for (const [name, wanted] of Object.entries(request.zones)) {
    if (made.some((zone) => zone.name === name)) {
      const fix = "leave --zone out: servers can be on its hosts, and `npm run import` takes a zone over with a server";
      add(`zones.${name}`, wanted, "the cloud has this zone already, and this stack would make a second one", fix);
      continue;
    }
    for (const host of wanted) {
      const other = made.find((zone) => zone.hosts.includes(host))?.name;
      if (!hosts.includes(host)) {
        add(`zones.${name}`, host, "the cloud has no such host", `one of ${hosts.join(", ")}`);
      } else if (other !== undefined) {
        const fix = "leave it out, or remove it from the other zone first: in Nova a host has one zone";
        add(`zones.${name}`, host, `this host is in zone ${other}`, fix);
      }
    }
  }
  if (request.flavor !== undefined && !flavors.includes(request.flavor)) {
    add("flavor", request.flavor, "the cloud has no such flavor", `one of ${flavors.join(", ")}`);
  }
  return problems;
}
