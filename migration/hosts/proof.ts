import { sh } from "../../text/shell.ts";
import { UNCONFIRMED } from "../cloud/cold-status.ts";
import type { Known, ServerFacts } from "../cloud/snapshot.ts";
import type { DrainedHost, Leftover, Stay } from "../contract/drain.ts";
import type { Check } from "../contract/record.ts";
import { fixToMove } from "../plan/server-state.ts";
import type { HostMigration, Holders, HostService, Listed } from "./hosts-cloud.ts";
import { disabledBy } from "./marker.ts";
import { isHistory, isUnconfirmed, isUnfinished } from "./on-the-way.ts";

/** All that was seen of a host at its end. */
export interface Observation {
  /** Before and after the lists were read; undefined: its service is not listed any more. */
  service: HostService | undefined;
  serviceAfter: HostService | undefined;
  servers: Listed<ServerFacts>;
  migrations: Listed<HostMigration>;
  holders: Known<Holders>;
  /** Servers that migrations and holders name, read one by one; absent: not asked for. */
  named: ReadonlyMap<string, ServerFacts | "gone">;
  takenAt: number;
}

/** Why servers stay, as the last plan and the moves say. */
export interface Reasons {
  stays: readonly Stay[];
  /** Of servers whose move did not succeed: what was said of it. */
  failed: ReadonlyMap<string, string>;
  /** Whether a server that is held for this reason was to be left. */
  leaves: (stay: Stay) => boolean;
}

/** The proof that a host is empty: each check, and everything that is left with its fix. Pure. */
export function prove(host: string, seen: Observation, reasons: Reasons): DrainedHost {
  const { service, serviceAfter } = seen;
  const servers = seen.servers.entries.map((server) => serverLeftover(server, reasons));
  const { migrations, allocations } = others(host, seen);
  const closed = closedCheck(host, service, serviceAfter);
  const hiding = hidingCell(service) ?? hidingCell(serviceAfter);
  const checks: Check[] = [
    closed,
    cellCheck(host, service, serviceAfter),
    listCheck("no-servers", "no server in any state, of any project", servers, seen.servers.gap, hiding),
    listCheck("no-migrations", "no migration from or to it, none unconfirmed", migrations, seen.migrations.gap, hiding),
    seen.holders.known
      ? listCheck("no-allocations", "no allocation of a server or migration", allocations, undefined, undefined)
      : notMade("no-allocations", "no allocation of a server or migration", seen.holders.reason),
  ];
  const leftovers = [...servers, ...migrations, ...allocations];
  const proven = checks.every(({ outcome }) => outcome === "passed");
  // What cannot be read counts as neither open nor closed.
  const last = [serviceAfter, service].find((one) => one !== undefined && one.unread === undefined);
  return {
    host,
    zone: service?.availabilityZone ?? null,
    state: last?.enabled === true ? "open" : leftovers.length > 0 ? "draining" : proven ? "empty" : "unproven",
    disabledBy: last ? disabledBy(last) : "nobody",
    disabledReason: last?.disabledReason ?? null,
    checks,
    leftovers,
  };
}

/** A host of which the cloud says nothing at the end. Pure. @param closed the hosts right after they were closed */
export function notRead(host: string, reason: string, closed: readonly HostService[]): DrainedHost {
  const last = closed.find((service) => service.host === host);
  return {
    host,
    zone: last?.availabilityZone ?? null,
    state: "unproven",
    disabledBy: last ? disabledBy(last) : "nobody",
    disabledReason: last?.disabledReason ?? null,
    checks: [
      { check: "host-reports", expected: "the cloud answers", observed: "no answer", outcome: "not-checked", reason },
    ],
    leftovers: [],
  };
}

/** Why Nova may list fewer servers and migrations of a host than there are. */
const hidingCell = (service: HostService | undefined): string | undefined =>
  service === undefined ? "its compute service is not listed" : service.unread;

function closedCheck(host: string, ...services: (HostService | undefined)[]): Check {
  const place = { check: "host-disabled", expected: `${host} takes no new servers` };
  if (services.some((service) => service === undefined || service.unread !== undefined)) {
    return { ...place, observed: "not visible", outcome: "not-checked", reason: "its compute service cannot be read" };
  }
  const open = services.find((service) => service?.enabled === true);
  return open
    ? {
        ...place,
        observed: "enabled",
        outcome: "failed",
        reason: "it is open: what is not there now may arrive at any moment",
        fix: "find out who enabled it; then run the drain again",
      }
    : { ...place, observed: "disabled", outcome: "passed" };
}

/** The host's own cell must answer: without its database Nova lists fewer servers, and says nothing of it. */
function cellCheck(host: string, ...services: (HostService | undefined)[]): Check {
  const place = { check: "host-reports", expected: `nova-compute of ${host} is up, and its cell answers` };
  const hidden = services.find((service) => service === undefined || service.unread !== undefined);
  if (hidden !== undefined || services.includes(undefined)) {
    const reason = hidden?.unread ?? "no nova-compute service of this name is listed";
    return { ...place, observed: "not visible", outcome: "not-checked", reason };
  }
  const down = services.find((service) => service?.up === false || service?.forcedDown === true);
  return down
    ? {
        ...place,
        observed: down.forcedDown ? "forced down" : "down",
        outcome: "failed",
        reason: "nova-compute does not report: what Nova says of its servers may be old",
        fix: "see whether the host lives. If it does, start its nova-compute and run this again; never evacuate a host that is not proven dead (docs/hosts.md)",
      }
    : { ...place, observed: "up", outcome: "passed" };
}

function listCheck(
  check: string,
  expected: string,
  left: readonly Leftover[],
  gap: string | undefined,
  hiding: string | undefined,
): Check {
  if (left.length > 0) {
    const names = left.slice(0, 5).map(({ name, id }) => name ?? id);
    const more = left.length > names.length ? `, and ${left.length - names.length} more` : "";
    return {
      check,
      expected,
      observed: `${left.length}: ${names.join(", ")}${more}`,
      outcome: "failed",
      reason: "see the leftovers",
    };
  }
  if (gap !== undefined) return notMade(check, expected, gap);
  if (hiding !== undefined) return notMade(check, expected, hiding);
  return { check, expected, observed: "none", outcome: "passed" };
}

const notMade = (check: string, expected: string, reason: string): Check => ({
  check,
  expected,
  observed: "not visible",
  outcome: "not-checked",
  reason,
});

function serverLeftover({ id, name, status, taskState }: ServerFacts, reasons: Reasons): Leftover {
  const stay = reasons.stays.find(({ server }) => server.id === id);
  const finding = stay?.findings.find(({ severity }) => severity === "blocker");
  const failed = reasons.failed.get(id);
  const left = stay?.why === "left";
  return {
    kind: "server",
    id,
    name,
    status: taskState === null ? status : `${status}, ${taskState}`,
    problem: left
      ? "it is shut off, and was left as requested"
      : (failed ?? finding?.problem ?? "it was not moved: no move of it was started"),
    fix: left
      ? "run the drain with `--stopped cold` to move it"
      : (finding?.fix ??
        (failed === undefined ? "run the same drain again" : `${fixToMove(status)}; the move's own message says more`)),
    asRequested: stay !== undefined && reasons.leaves(stay),
  };
}

/** Migrations and allocations that are not those of a listed server. */
function others(host: string, { servers, migrations, holders, named, takenAt }: Observation) {
  const listed = new Set(servers.entries.map(({ id }) => id));
  const facts = (id: string | null) =>
    id === null ? undefined : (servers.entries.find((server) => server.id === id) ?? named.get(id));
  const open = migrations.entries
    .filter((migration) => isUnfinished(migration) || isUnconfirmed(migration))
    .filter((migration) => !isHistory(migration, facts(migration.serverId), takenAt));
  const ofMigrations = open.map((migration) => migrationLeftover(migration, facts(migration.serverId)));
  const byUuid = new Map(migrations.entries.flatMap((one) => (one.uuid === null ? [] : [[one.uuid, one] as const])));
  const told = new Set(open.flatMap(({ uuid, serverId }) => [uuid, serverId]));
  const consumers = holders.known ? [...holders.value.consumers.keys()].sort() : [];
  const allocations = consumers
    .filter((consumer) => !listed.has(consumer) && !told.has(consumer))
    .map((consumer) => allocationLeftover(host, consumer, byUuid.get(consumer), named.get(consumer)));
  return { migrations: ofMigrations, allocations };
}

function migrationLeftover(
  { id, type, status, sourceCompute, destCompute, serverId }: HostMigration,
  server: ServerFacts | "gone" | undefined,
): Leftover {
  const name = server === undefined || server === "gone" ? null : server.name;
  const way = `${sourceCompute ?? "?"} to ${destCompute ?? "a host not chosen yet"}`;
  const unconfirmed = server !== undefined && server !== "gone" && server.status === UNCONFIRMED;
  const what = type === "resize" ? "resize" : "migration";
  const confirm =
    type === "resize"
      ? sh`whoever resized it confirms or reverts it: \`openstack server resize confirm ${serverId ?? "SERVER"}\`, or \`openstack server resize revert ${serverId ?? "SERVER"}\``
      : sh`\`live-migrate confirm ${serverId ?? "SERVER"}\` keeps the server there, \`live-migrate revert ${serverId ?? "SERVER"}\` takes it back`;
  return {
    kind: "migration",
    id: serverId ?? String(id),
    name,
    status,
    problem: unconfirmed
      ? `its ${what} ${id} from ${way} waits to be confirmed: a part of the host is reserved until then`
      : `its ${what} ${id} from ${way} is ${status}`,
    fix: unconfirmed ? `${confirm}; then run this again` : "wait until it has ended, then run this again",
    asRequested: false,
  };
}

function allocationLeftover(
  host: string,
  consumer: string,
  migration: HostMigration | undefined,
  server: ServerFacts | "gone" | undefined,
): Leftover {
  const shared = { kind: "allocation", id: consumer, asRequested: false } as const;
  const show = sh`\`openstack resource provider allocation show ${consumer}\``;
  if (migration) {
    return {
      ...shared,
      name: null,
      status: migration.status,
      problem: `Placement holds a part of ${host} for migration ${migration.id} of server ${migration.serverId ?? "?"}, which is ${migration.status}`,
      fix: `wait a minute and run this again; if it stays, a service died then: ${show} shows it, and \`nova-manage placement audit\` tells what may be deleted`,
    };
  }
  if (server === "gone" || server === undefined) {
    return {
      ...shared,
      name: null,
      status: null,
      problem: `Placement holds a part of ${host} for ${consumer}, which is no server or migration that Nova shows`,
      fix: `${show} shows it; \`nova-manage placement audit\` tells whether it may be deleted`,
    };
  }
  const soft = server.status === "SOFT_DELETED";
  return {
    ...shared,
    name: server.name,
    status: server.status,
    problem: soft
      ? `it is deleted, but Nova keeps it on ${host} until it is reclaimed`
      : `Nova says that it is on ${server.host ?? "no host"}, and Placement holds a part of ${host} for it: an earlier move did not end cleanly, or it is being built there`,
    fix: soft
      ? sh`\`openstack server delete --force ${consumer}\` ends it, \`openstack server restore ${consumer}\` brings it back; then run this again`
      : `run this again in a minute; if it stays, look with \`virsh list\` on ${host} whether its guest runs there, before anything is restarted`,
  };
}
