import { MigrationRequestSchema, type MigrationRequest } from "../../migration/contract/request.ts";
import { fixture } from "../unit/openstack/fixture.ts";
import { mockCloud, type MockCloud } from "./http/mock-cloud.ts";

/** A list of a cloud: its entries, and which of the servers depend on which of them. */
export interface CloudList {
  service: "compute" | "block-storage" | "placement";
  call: string;
  key: string;
  entries: readonly unknown[];
  /** Numbers of the servers that depend on an entry. */
  needs: (index: number) => readonly number[];
}

const recorded = (name: string, key: string) => (fixture(name) as Record<string, unknown>)[key];
const SERVER = recorded("server-2.93", "server") as object;
const SERVICES = recorded("services-2.93", "services") as { host: string }[];
const HYPERVISORS = recorded("hypervisors-2.87", "hypervisors") as { id: string; service: { host: string } }[];
const MIGRATION = (recorded("migrations-2.93", "migrations") as object[])[0];
const VOLUME = (recorded("volumes-3.70", "volumes") as object[])[0];
const ATTACHMENT = (recorded("attachments-3.70", "attachments") as object[])[0];

const HOSTS = ["node-27", "node-28", "node-31"];
const NUMBERS = [0, 1, 2, 3, 4, 5];
const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const volumeOf = (n: number) => `volume-${n}`;
const onHost = (n: number) => HOSTS[n % 3] ?? "";

/** What is asked of each: to the next host, or, of the last one, to the zone of two hosts. */
const targetOf = (n: number) => (n === 5 ? { zone: "nova" } : { host: HOSTS[(n + 1) % 3] ?? "" });
export const REQUESTS: readonly MigrationRequest[] = NUMBERS.map((n) =>
  MigrationRequestSchema.parse({ server: idOf(n), ...targetOf(n) }),
);

/** The hosts that matter to a server. */
const hostsOf = (n: number) => [onHost(n), ...(n === 5 ? ["node-27", "node-28"] : [targetOf(n).host])];
const onWhich = (host: string | undefined) => NUMBERS.filter((n) => hostsOf(n).includes(host));

/** Members of the one group. */
const GROUP = [1, 4];

/** Six servers on three hosts, two of them in a group that is kept apart, each with a volume and an old migration. */
export const LISTS: readonly CloudList[] = [
  {
    service: "compute",
    call: "GET /servers/detail",
    key: "servers",
    entries: NUMBERS.map((n) => ({
      ...SERVER,
      id: idOf(n),
      name: `vm${n}`,
      "OS-EXT-SRV-ATTR:host": onHost(n),
      "os-extended-volumes:volumes_attached": [{ id: volumeOf(n) }],
    })),
    needs: (n) => (GROUP.includes(n) ? GROUP : [n]),
  },
  {
    service: "compute",
    call: "GET /os-services",
    key: "services",
    entries: SERVICES,
    needs: (i) => onWhich(SERVICES[i]?.host),
  },
  {
    service: "compute",
    call: "GET /os-hypervisors/detail",
    key: "hypervisors",
    entries: HYPERVISORS,
    needs: (i) => onWhich(HYPERVISORS[i]?.service.host),
  },
  {
    service: "compute",
    call: "GET /os-migrations",
    key: "migrations",
    entries: NUMBERS.map((n) => ({ ...MIGRATION, id: n + 1, instance_uuid: idOf(n) })),
    needs: (n) => [n],
  },
  {
    service: "compute",
    call: "GET /os-server-groups",
    key: "server_groups",
    entries: [
      { id: "g", name: "apart", policy: "anti-affinity", rules: {}, members: GROUP.map(idOf), project_id: "p" },
      { id: "h", name: "others", policy: "affinity", rules: {}, members: ["another"], project_id: "p" },
    ],
    needs: (i) => (i === 0 ? GROUP : []),
  },
  {
    service: "block-storage",
    call: "GET /volumes/detail",
    key: "volumes",
    entries: NUMBERS.map((n) => ({
      ...VOLUME,
      id: volumeOf(n),
      attachments: [{ server_id: idOf(n), host_name: onHost(n), device: "/dev/vda" }],
    })),
    needs: (n) => [n],
  },
  {
    service: "block-storage",
    call: "GET /attachments/detail",
    key: "attachments",
    entries: NUMBERS.map((n) => ({ ...ATTACHMENT, id: `attachment-${n}`, instance: idOf(n), volume_id: volumeOf(n) })),
    needs: (n) => [n],
  },
  {
    service: "placement",
    call: "GET /allocation_candidates",
    key: "allocation_requests",
    entries: HYPERVISORS.map(({ id }) => ({ allocations: { [id]: { resources: { VCPU: 1, MEMORY_MB: 128 } } } })),
    needs: (i) => onWhich(HYPERVISORS[i]?.service.host),
  },
];

/** The cloud with these lists. */
export function cloudWith(lists: readonly CloudList[]): MockCloud {
  return lists.reduce(
    (mock, { service, call, key, entries }) => mock.answer(service, call, { body: { [key]: entries } }),
    mockCloud(),
  );
}
