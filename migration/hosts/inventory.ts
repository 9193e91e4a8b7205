import { known, type Known } from "../cloud/snapshot.ts";
import { CloudLost } from "../contract/failure.ts";
import { HOSTS_SCHEMA_VERSION, type HostRow, type HostsDocument } from "../contract/hosts.ts";
import { hostsNamed, NEWEST_MIGRATIONS } from "./close-hosts.ts";
import type { HostsContext } from "./hosts-context.ts";
import type { HostAgent, HostMigration, HostService, RoomOf } from "./hosts-cloud.ts";
import { disabledBy, readMarker } from "./marker.ts";
import { isUnfinished } from "./on-the-way.ts";
import { compare } from "./plan/targets.ts";

/** Each host as it is. Reads only: a handful of requests, and two for each host. @throws BadInput, CloudLost */
export async function inventory(names: readonly string[], { cloud }: HostsContext): Promise<HostsDocument> {
  const services = await cloud.services();
  const hosts = (names.length > 0 ? hostsNamed(services, names) : services.entries).toSorted((a, b) =>
    compare(a.host, b.host),
  );
  const notChecked = new Set<string>(services.gap === undefined ? [] : [`compute services: ${services.gap}`]);
  const note = <T>(what: string, fact: Known<T>): T | null => {
    if (fact.known) return fact.value;
    notChecked.add(`${what}: ${fact.reason}`);
    return null;
  };
  const room = note("free capacity", await cloud.room(hosts));
  const agents = note("Neutron's agents", await cloud.agents());
  const rows: HostRow[] = [];
  for (const host of hosts) {
    const [servers, migrations] = await Promise.all([
      readable(() => cloud.servers(host.host)),
      readable(() => cloud.migrations(host.host, NEWEST_MIGRATIONS)),
    ]);
    const listed = note(`servers of ${host.host}`, servers);
    if (listed?.gap !== undefined) notChecked.add(`servers of ${host.host}: ${listed.gap}`);
    const moving = note(`migrations of ${host.host}`, migrations);
    if (moving?.gap !== undefined) notChecked.add(`migrations of ${host.host}: ${moving.gap}`);
    rows.push(
      rowOf(
        host,
        listed?.entries ?? null,
        moving?.entries ?? null,
        agents?.filter((agent) => agent.host === host.host) ?? null,
        room,
      ),
    );
  }
  return { schemaVersion: HOSTS_SCHEMA_VERSION, hosts: rows, notChecked: [...notChecked] };
}

async function readable<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return known(await read());
  } catch (error) {
    if (!(error instanceof CloudLost)) throw error;
    return { known: false, reason: error.message };
  }
}

/** Pure. */
function rowOf(
  host: HostService,
  servers: readonly { status: string }[] | null,
  migrations: readonly HostMigration[] | null,
  agents: readonly HostAgent[] | null,
  room: ReadonlyMap<string, RoomOf> | null,
): HostRow {
  const unfinished = migrations?.filter(isUnfinished);
  const statuses = servers && Map.groupBy(servers, ({ status }) => status);
  return {
    host: host.host,
    zone: host.availabilityZone,
    state: host.unread !== undefined ? "unread" : host.forcedDown ? "forced-down" : host.up ? "up" : "down",
    enabled: host.enabled,
    disabledReason: host.disabledReason,
    disabledBy: disabledBy(host),
    maintenanceSince: host.enabled ? null : (readMarker(host.disabledReason)?.since ?? null),
    servers:
      statuses &&
      Object.fromEntries(
        [...statuses].map(([status, list]) => [status, list.length] as const).sort(([a], [b]) => compare(a, b)),
      ),
    free: (host.hypervisor && room?.get(host.hypervisor.id)) ?? null,
    agents: agents && {
      alive: agents.filter(({ alive }) => alive).length,
      dead: agents.filter(({ alive, wanted }) => wanted && !alive).map(({ binary }) => binary),
    },
    migrations:
      unfinished === undefined
        ? null
        : {
            out: unfinished.filter(({ sourceCompute }) => sourceCompute === host.host).length,
            in: unfinished.filter(({ destCompute }) => destCompute === host.host).length,
          },
  };
}
