import { fixture } from "../../unit/openstack/fixture.ts";
import { mockCloud, type MockAnswer, type MockCall, type MockCloud } from "../http/mock-cloud.ts";
import { uuid } from "./fleet-samples.ts";
import { HYPERVISORS, serverOn, SERVICES } from "./mock-hosts.ts";

const first = <T>(all: readonly T[]): T => all[0] as T;
const recorded = <T>(name: string, key: string): T[] => (fixture(name) as Record<string, T[]>)[key] ?? [];
const VOLUME = first(recorded<object>("volumes-3.70", "volumes"));
const ATTACHMENT = first(recorded<object>("attachments-3.70", "attachments"));
const hostName = (n: number) => `node-${String(n).padStart(3, "0")}`;
const FLAVORS = [512, 1024, 2048, 4096, 8192];

/** The names of the hosts of a {@link scriptedFleet} that have servers. */
export const fullHosts = (count: number): string[] => Array.from({ length: count }, (_, i) => hostName(i));

/** One page of a list, as each service writes its link to the next one. */
function paged(entries: readonly { id: string }[], key: string, url: string, size: number) {
  return ({ query }: MockCall): MockAnswer => {
    const marker = query.get("marker");
    const from = marker === null ? 0 : entries.findIndex(({ id }) => id === marker) + 1;
    const shown = entries.slice(from, from + size);
    const last = shown.at(-1);
    const hasMore = last !== undefined && from + size < entries.length;
    const rest = new URLSearchParams([...query].filter(([name]) => name !== "marker"));
    const link = { rel: "next", href: `${url}?${rest.toString()}&marker=${last?.id ?? ""}` };
    return { body: { [key]: shown, ...(hasMore && { [`${key}_links`]: [link] }) } };
  };
}

/**
 * A scripted cloud of many hosts, each of whose servers boots from a volume. The first hosts have all servers; lists come
 * in pages.
 */
export function scriptedFleet(shape: { hosts: number; full: number; servers: number; page: number }): MockCloud {
  const hosts = Array.from({ length: shape.hosts }, (_, n) => ({ name: hostName(n), provider: uuid(900_000 + n) }));
  const services = hosts.map(({ name }, n) => ({
    ...first(SERVICES),
    host: name,
    id: uuid(800_000 + n),
    zone: "nova",
  }));
  const hypervisors = hosts.map(({ name, provider }) => {
    return { ...first(HYPERVISORS), id: provider, hypervisor_hostname: name, service: { host: name } };
  });
  const servers = Array.from({ length: shape.servers }, (_, n) => ({
    ...serverOn(n + 1, hostName(n % shape.full)),
    flavor: {
      vcpus: 1,
      ram: FLAVORS[n % FLAVORS.length] ?? 512,
      disk: 0,
      ephemeral: 0,
      swap: 0,
      original_name: "f",
      extra_specs: {},
    },
    "os-extended-volumes:volumes_attached": [{ id: uuid(500_000 + n), delete_on_termination: false }],
  }));
  const volumes = servers.map(({ id }, n) => {
    const volume = uuid(500_000 + n);
    return {
      ...VOLUME,
      id: volume,
      attachments: [{ id: volume, volume_id: volume, server_id: id, device: "/dev/vda" }],
    };
  });
  const attachments = servers.map(({ id }, n) => ({
    ...ATTACHMENT,
    id: uuid(600_000 + n),
    instance: id,
    volume_id: uuid(500_000 + n),
  }));
  const room = { VCPU: { capacity: 640, used: 0 }, MEMORY_MB: { capacity: 256_000, used: 0 } };
  const summaries = Object.fromEntries(hosts.map(({ provider }) => [provider, { resources: room, traits: [] }]));
  const mock = mockCloud()
    .answer("compute", "GET /os-services", { body: { services } })
    .answer("compute", "GET /os-hypervisors/detail", { body: { hypervisors } })
    .answer("compute", "GET /servers/detail", (call) => {
      const host = call.query.get("host");
      const all = host === null ? servers : servers.filter((server) => server["OS-EXT-SRV-ATTR:host"] === host);
      return paged(all, "servers", "http://compute.test/v2.1/servers/detail", shape.page)(call);
    })
    .answer("compute", "GET /os-migrations", { body: { migrations: [] } })
    .answer("compute", "GET /os-server-groups", { body: { server_groups: [] } })
    .answer("block-storage", "GET /volumes/detail", { body: { volumes } })
    .answer("block-storage", "GET /attachments/detail", { body: { attachments } })
    .answer("placement", "GET /allocation_candidates", {
      body: {
        allocation_requests: hosts.map(({ provider }) => ({ allocations: { [provider]: { resources: { VCPU: 1 } } } })),
        provider_summaries: summaries,
      },
    })
    .answer("placement", "GET /resource_providers", ({ query }) => ({
      body: { resource_providers: [{ uuid: query.get("in_tree"), name: "x" }] },
    }));
  for (const { name, provider } of hosts) {
    const own = servers.filter((server) => server["OS-EXT-SRV-ATTR:host"] === name);
    const allocations = Object.fromEntries(
      own.map(({ id, flavor }) => [id, { resources: { VCPU: 1, MEMORY_MB: flavor.ram } }]),
    );
    mock.answer("placement", `GET /resource_providers/${provider}/allocations`, { body: { allocations } });
  }
  return mock;
}
