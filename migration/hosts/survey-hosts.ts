import { COLD_TYPE, isResizing } from "../cloud/cold-status.ts";
import type { ServerFacts } from "../cloud/snapshot.ts";
import { CloudLost, NotFound } from "../contract/failure.ts";
import type { Finding } from "../contract/record.ts";
import { transientBlocker } from "../plan/finding.ts";
import { NEWEST_MIGRATIONS } from "./close-hosts.ts";
import type { DrainOptions } from "./drain-options.ts";
import type { DrainServer, PlanInput } from "./plan/drain-plan.ts";
import type { HostsContext } from "./hosts-context.ts";
import type { HostMigration, HostService, HostsCloud, Listed } from "./hosts-cloud.ts";
import { readMarker } from "./marker.ts";
import { isUnconfirmed, isUnfinished, onTheWay, type OnTheWay } from "./on-the-way.ts";
import type { Observation } from "./proof.ts";

/** What a plan is made of, and what is missing for it. */
export interface Surveyed {
  input: PlanInput;
  findings: Finding[];
}

/** Reads all servers of the hosts, what they hold, and what the targets have. */
export async function surveyHosts(
  hosts: readonly HostService[],
  services: readonly HostService[],
  options: DrainOptions,
  cloud: HostsCloud,
): Promise<Surveyed> {
  const findings: Finding[] = [];
  const servers: DrainServer[] = [];
  const snapshotOf = cloud.survey();
  const mayStop = [options.notMovable, ...Object.values(options.notMovableServers ?? {})].includes("stop");
  const movesCold = options.stopped === "cold" || mayStop;
  for (const host of hosts) {
    const [listed, holders] = [await cloud.servers(host.host), await cloud.holders(host)];
    if (listed.gap !== undefined) findings.push(notWhole(host.host, listed.gap));
    const unconfirmed = movesCold ? await ownUnconfirmed(host, listed, cloud) : [];
    for (const server of [...listed.entries, ...unconfirmed]) {
      const mayBeCold =
        (options.stopped === "cold" && server.status === "SHUTOFF") || (movesCold && isResizing(server));
      try {
        const snapshot = await snapshotOf(server.id, mayBeCold);
        const need = holders.known ? (holders.value.consumers.get(server.id)?.own ?? null) : null;
        // Where it is now, the lists say; a server that has arrived elsewhere meanwhile has left.
        if (snapshot.server.host !== null && snapshot.server.host !== server.host) continue;
        servers.push({ from: host.host, snapshot, need });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        // Deleted between two lists.
        if ((await cloud.server(server.id)) === "gone") continue;
        findings.push(notWhole(host.host, `${server.name} (${server.id}): ${error.message}`));
      }
    }
  }
  const targets = services.filter(({ enabled, up }) => enabled && up);
  return { input: { hosts: services, servers, room: await cloud.room(targets) }, findings };
}

/** Cold migrations that an earlier run of this maintenance began and that wait on their destinations. */
async function ownUnconfirmed(
  { host, disabledReason }: HostService,
  listed: Listed<ServerFacts>,
  cloud: HostsCloud,
): Promise<ServerFacts[]> {
  const marker = readMarker(disabledReason);
  if (marker === null) return [];
  const { entries } = await cloud.migrations(host, NEWEST_MIGRATIONS);
  const own = entries.filter(
    (one) =>
      one.id > marker.after &&
      one.sourceCompute === host &&
      one.type === COLD_TYPE &&
      (isUnconfirmed(one) || isUnfinished(one)),
  );
  const ids = new Set(own.flatMap(({ serverId }) => serverId ?? []));
  const away = [...ids].filter((id) => !listed.entries.some((server) => server.id === id));
  const found = await readEach(away, cloud);
  return [...found.values()].filter((server) => server !== "gone" && isResizing(server)) as ServerFacts[];
}

const notWhole = (host: string, gap: string) =>
  transientBlocker("servers-unread", {
    path: "HOST",
    value: host,
    problem: `not all servers of ${host} can be read: ${gap}`,
    fix: "repair what cannot be read (for a status of UNKNOWN, the database of its Nova cell), then run this again",
  });

/** Servers by id, one by one. One that cannot be read is left out: it is not known, which is not "gone". */
async function readEach(ids: readonly string[], cloud: HostsCloud): Promise<Map<string, ServerFacts | "gone">> {
  const found = new Map<string, ServerFacts | "gone">();
  for (const id of ids) {
    try {
      found.set(id, await cloud.server(id));
    } catch (error) {
      if (!(error instanceof CloudLost || error instanceof NotFound)) throw error;
    }
  }
  return found;
}

/** What keeps the list of a host's servers from being final. */
export async function readOnTheWay(host: HostService, { cloud, clock }: HostsContext): Promise<OnTheWay[]> {
  const [servers, migrations, holders] = [
    await cloud.servers(host.host),
    await cloud.migrations(host.host, NEWEST_MIGRATIONS),
    await cloud.holders(host),
  ];
  const elsewhere = await readEach(unlisted(servers, migrations.entries, holders), cloud);
  const facts = [...elsewhere.values()].filter((server) => server !== "gone");
  return onTheWay(host.host, servers.entries, migrations.entries, facts, clock.now());
}

/** Everything that the proof looks at, all of it read anew. */
export async function observe(name: string, { cloud, clock }: HostsContext): Promise<Observation> {
  const find = async () => (await cloud.services()).entries.find(({ host }) => host === name);
  const service = await find();
  const servers = await cloud.servers(name);
  const migrations = await cloud.migrations(name);
  const holders = service ? await cloud.holders(service) : ({ known: false, reason: "no such service" } as const);
  const open = migrations.entries.filter((one) => isUnfinished(one) || isUnconfirmed(one));
  const ids = new Set([
    ...open.flatMap(({ serverId }) => serverId ?? []),
    ...unlisted(servers, migrations.entries, holders),
  ]);
  const unknown = [...ids].filter((id) => !servers.entries.some((server) => server.id === id));
  const named = await readEach(unknown, cloud);
  return { service, serviceAfter: await find(), servers, migrations, holders, named, takenAt: clock.now() };
}

/** Consumers of a host in Placement that are neither listed as its servers nor migrations. */
function unlisted(
  servers: Listed<ServerFacts>,
  migrations: readonly HostMigration[],
  holders: Awaited<ReturnType<HostsCloud["holders"]>>,
): string[] {
  const told = new Set<string | null>([...servers.entries.map(({ id }) => id), ...migrations.map(({ uuid }) => uuid)]);
  return holders.known ? [...holders.value.consumers.keys()].filter((consumer) => !told.has(consumer)) : [];
}
