import { mockCloud, type MockAnswer, type MockCall, type MockCloud } from "../http/mock-cloud.ts";
import { fixture } from "../../unit/openstack/fixture.ts";
import { uuid } from "./fleet-samples.ts";

const recorded = (name: string, key: string) => (fixture(name) as Record<string, unknown>)[key];
const SERVER = recorded("server-2.93", "server") as object;
export const SERVICES = recorded("services-2.93", "services") as { host: string; id: string }[];
export const HYPERVISORS = recorded("hypervisors-2.87", "hypervisors") as { id: string; service: { host: string } }[];
export const provider = (host: string) => HYPERVISORS.find(({ service }) => service.host === host)?.id ?? "";

export const serverOn = (n: number, host: string) => ({
  ...SERVER,
  id: uuid(n),
  name: `vm${n}`,
  "OS-EXT-SRV-ATTR:host": host,
  "os-extended-volumes:volumes_attached": [],
});

/** The recorded Zed cloud with so many servers on node-28, listed in pages of 100. */
export function mockHosts(count: number): MockCloud {
  const servers = Array.from({ length: count }, (_, i) => serverOn(i + 1, "node-28"));
  const page = ({ query }: MockCall): MockAnswer => {
    const from = query.get("marker") === null ? 0 : servers.findIndex(({ id }) => id === query.get("marker")) + 1;
    const host = query.get("host");
    const listed = host === "node-27" ? [] : servers.slice(from, from + 100);
    const last = listed.at(-1);
    const hasMore = last !== undefined && from + 100 < servers.length;
    const rest = new URLSearchParams([...query].filter(([name]) => name !== "marker"));
    const href = `http://compute.test/v2.1/servers/detail?${rest.toString()}&marker=${last?.id ?? ""}`;
    return { body: { servers: listed, ...(hasMore && { servers_links: [{ rel: "next", href }] }) } };
  };
  const room = { VCPU: { capacity: 640, used: 0 }, MEMORY_MB: { capacity: 200_000, used: 0 } };
  const summaries = Object.fromEntries(HYPERVISORS.map(({ id }) => [id, { resources: room, traits: [] }]));
  const held = Object.fromEntries(servers.map(({ id }) => [id, { resources: { VCPU: 1, MEMORY_MB: 128 } }]));
  return mockCloud()
    .answer("compute", "GET /os-services", { body: { services: SERVICES } })
    .answer("compute", "GET /os-hypervisors/detail", { body: { hypervisors: HYPERVISORS } })
    .answer("compute", "GET /servers/detail", page)
    .answer("compute", "GET /os-migrations", { body: { migrations: [] } })
    .answer("compute", "GET /os-server-groups", { body: { server_groups: [] } })
    .answer("block-storage", "GET /volumes/detail", { body: { volumes: [] } })
    .answer("block-storage", "GET /attachments/detail", { body: { attachments: [] } })
    .answer("placement", "GET /allocation_candidates", {
      body: {
        allocation_requests: HYPERVISORS.map(({ id }) => ({ allocations: { [id]: { resources: { VCPU: 1 } } } })),
        provider_summaries: summaries,
      },
    })
    .answer("placement", "GET /resource_providers", ({ query }) => ({
      body: { resource_providers: [{ uuid: query.get("in_tree"), name: "x" }] },
    }))
    .answer("placement", `GET /resource_providers/${provider("node-28")}/allocations`, { body: { allocations: held } })
    .answer("network", "GET /v2.0/agents", { body: { agents: [] } });
}
