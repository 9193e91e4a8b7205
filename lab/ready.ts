/** When a lab can be used: every service answers, every host is known, every network is wired. */
import { existsSync, readdirSync } from "node:fs";
import { runOnHost } from "./hosts.ts";
import { networkingOf } from "./networking/index.ts";
import { paths } from "./paths.ts";
import type { Api } from "./rest.ts";
import { allServices } from "./services.ts";
import type { Lab } from "./settings.ts";
import { answersHttp, listens, waitFor } from "./wait.ts";

/** Waits until these services listen. */
export async function portsReady(lab: Lab, names: readonly string[], seconds = 300): Promise<void> {
  const wanted = allServices(lab).filter((service) => names.includes(service.name));
  await Promise.all(
    wanted.map(async ({ name, port, answersLate }) =>
      port === undefined
        ? true
        : waitFor(`${name} on port ${port}`, () => (answersLate ? answersHttp : listens)(lab.address, port), {
            seconds,
            hint: `its log: ${paths(lab).log(name)}`,
          }),
    ),
  );
}

interface NovaService {
  binary: string;
  host: string;
  state: string;
}

/** Names what is still missing of hosts, agents and the volume service; empty when nothing is. */
export async function missing(lab: Lab, api: Api): Promise<string[]> {
  const { agentBinaries } = networkingOf(lab);
  const [compute, hypervisors, providers, volume, agents] = await Promise.all([
    api.call<{ services: NovaService[] }>("compute", "GET", "/os-services"),
    api.call<{ hypervisors: { hypervisor_hostname: string }[] }>("compute", "GET", "/os-hypervisors"),
    // Nova lists a hypervisor earlier than Placement: a zone that gets it in between lacks it in Placement.
    api.call<{ resource_providers: { name: string }[] }>("placement", "GET", "/resource_providers"),
    api.call<{ services: NovaService[] }>("volume", "GET", "/os-services"),
    agentBinaries.length > 0
      ? api.call<{ agents: { binary: string; host: string; alive: boolean }[] }>("network", "GET", "/agents")
      : undefined,
    // A Neutron worker whose first request is for ports answers it, and all later ones, with 500 (its models are not
    // all loaded); a first request for networks loads them.
    api.call("network", "GET", "/networks?limit=1").then(() => api.call("network", "GET", "/ports?limit=1")),
  ]);
  const up = (services: readonly NovaService[], binary: string): Set<string> =>
    new Set(services.filter((x) => x.binary === binary && x.state === "up").map((x) => x.host));
  const computes = up(compute.services, "nova-compute");
  const known = new Set(hypervisors.hypervisors.map((x) => x.hypervisor_hostname));
  const provided = new Set(providers.resource_providers.map(({ name }) => name));
  return [
    ...["nova-conductor", "nova-scheduler"].filter((name) => up(compute.services, name).size === 0),
    ...lab.hosts.filter((host) => !computes.has(host)).map((host) => `nova-compute of ${host}`),
    ...lab.hosts.filter((host) => !known.has(host)).map((host) => `hypervisor of ${host}`),
    ...lab.hosts.filter((host) => !provided.has(host)).map((host) => `resource provider of ${host}`),
    ...(up(volume.services, "cinder-volume").size === 0 ? ["cinder-volume"] : []),
    ...(up(volume.services, "cinder-scheduler").size === 0 ? ["cinder-scheduler"] : []),
    ...agentBinaries.flatMap((binary) =>
      lab.hosts
        .filter(
          (host) => !agents?.agents.some((agent) => agent.binary === binary && agent.host === host && agent.alive),
        )
        .map((host) => `${binary} of ${host}`),
    ),
  ];
}

/** Waits until nothing is missing. */
export async function servicesReady(lab: Lab, api: Api, say: (what: string) => void): Promise<void> {
  let last: string[] = [];
  await waitFor(
    "all services up",
    async () => {
      last = await missing(lab, api);
      if (last.length > 0) say(`waiting for ${last.join(", ")}`);
      return last.length === 0;
    },
    { seconds: 400, every: 500, hint: `logs: ${paths(lab).logs}` },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\nmissing: ${last.join(", ")}`, { cause: error });
  });
}

/** Waits until the provider network is wired on every host. */
export async function networkReady(lab: Lab, api: Api): Promise<void> {
  const { networks } = await api.call<{ networks: { id: string }[] }>("network", "GET", "/networks?name=flat");
  await waitFor(
    "the provider network on every host",
    () => networkingOf(lab).wired(lab, api, networks[0]?.id ?? "", (host, argv) => runOnHost(lab, host, argv)),
    { seconds: 300, every: 500, hint: `logs: ${paths(lab).logs}/node-*` },
  );
}

/** Names of the services that have a log. */
export function logNames(lab: Lab): string[] {
  const dir = paths(lab).logs;
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -4))
    .sort();
}
