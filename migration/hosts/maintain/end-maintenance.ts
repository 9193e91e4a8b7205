import type { MaintainedHost, MaintenanceDocument } from "../../contract/maintenance.ts";
import type { MaintenanceRequest } from "../../contract/maintenance-request.ts";
import type { Finding } from "../../contract/record.ts";
import { EXIT_CODES } from "../../contract/record.ts";
import { worstOf } from "../../contract/several-servers.ts";
import { warning } from "../../plan/finding.ts";
import type { HostsContext } from "../hosts-context.ts";
import type { HostService } from "../hosts-cloud.ts";
import { disabledBy, readMarker } from "../marker.ts";
import { compare } from "../plan/targets.ts";
import type { HostEntry } from "../restore/host-journal.ts";
import { restore, type RestoreJournal, type RestoreOptions } from "../restore/restore.ts";
import { withDefaults } from "./groups.ts";
import { maintenanceDocument } from "./maintenance-document.ts";
import { leftBehind } from "./own-hosts.ts";

/** So long a host has to be ready, in seconds. */
const READY_SECONDS = 600;

/** What hosts that end together have in common. */
type Asked = Pick<RestoreOptions, "return" | "parallel" | "perTarget" | "stopAfter" | "notMovable" | "guest">;

/** What the end of a maintenance needs besides. */
export interface EndContext extends HostsContext {
  journal: RestoreJournal;
  /** The document of the last run that succeeded: what Nova forgets once a host is open. */
  previous: MaintenanceDocument | null;
  /** What the reasons of its hosts begin with; null: nothing. */
  owner: string | null;
  /** Hosts whose maintenance goes on. @default none */
  keep?: readonly string[];
}

/**
 * Ends the maintenance of hosts: opens those that this program closed, once they are ready, and brings their servers home.
 * The same call goes on where an earlier one ended. A host that others closed stays closed, and one that is no more is no
 * failure: there is nothing left to end.
 *
 * @throws CloudLost
 */
export async function endMaintenance(known: MaintenanceRequest, context: EndContext): Promise<MaintenanceDocument> {
  const { cloud, clock, previous, owner, keep = [] } = context;
  const startedAt = clock.now();
  const services = await cloud.services();
  const begun = leftBehind(owner, services.entries, [...keep, ...Object.keys(known)]).map(
    ({ host }) => [host, { reason: "an earlier run began it" }] as const,
  );
  const request: MaintenanceRequest = { ...known, ...Object.fromEntries(begun) };
  const findings: Finding[] = [];
  const hosts: Record<string, MaintainedHost> = {};
  const codes: number[] = [];
  const parts: string[] = [];

  const names = Object.keys(request).toSorted(compare);
  const blank = (host: string) => blankHost(request[host] ?? { reason: "" }, previous?.hosts[host]);
  const ours: HostService[] = [];
  for (const name of names) {
    const service = services.entries.find(({ host }) => host === name);
    if (service === undefined && services.gap === undefined) {
      hosts[name] = { ...blank(name), state: "gone" };
      findings.push(isGone(name));
      parts.push(`${name} is no more`);
    } else if (service !== undefined && service.unread === undefined && disabledBy(service) === "others") {
      const { disabledReason, availabilityZone: zone } = service;
      hosts[name] = { ...blank(name), state: "closed", disabledBy: "others", disabledReason, zone };
      findings.push(closedByOthers(name, disabledReason));
      parts.push(`${name} stays disabled: others disabled it (${disabledReason ?? "no reason"})`);
    } else if (service !== undefined) ours.push(service);
    else codes.push(EXIT_CODES["still-running"]);
  }
  const missing = names.filter((name) => !Object.hasOwn(hosts, name) && !ours.some(({ host }) => host === name));
  for (const name of missing) {
    hosts[name] = { ...blank(name), state: "closed" };
    parts.push(`${name} is NOT opened: its service cannot be read (${services.gap ?? ""})`);
  }

  const groups = Map.groupBy(ours, ({ host }) => {
    const settings = withDefaults(request[host] ?? { reason: "" });
    const { return: home, parallel, perTarget, stopAfter, guest } = settings;
    // Who was stopped to leave comes home in no other way. To refuse is for the plan of a drain: there is none here.
    const notMovable = settings.notMovable === "stop" ? "stop" : "leave";
    return JSON.stringify({ return: home, parallel, perTarget, stopAfter, notMovable, guest } satisfies Asked);
  });
  for (const [key, group] of groups) {
    const options = JSON.parse(key) as Asked;
    const journal = remembering(context, group);
    const restored = await restore(
      { ...options, hosts: group.map(({ host }) => host), since: null, readySeconds: READY_SECONDS },
      context,
      journal,
    );
    codes.push(restored.exitCode);
    findings.push(...restored.findings);
    parts.push(restored.summary);
    for (const { host, state, checks, away } of restored.hosts) {
      const service = group.find((one) => one.host === host);
      const isOpen = state !== "closed";
      hosts[host] = {
        ...blank(host),
        state,
        zone: service?.availabilityZone ?? null,
        disabledReason: isOpen ? null : (service?.disabledReason ?? null),
        disabledBy: isOpen || service === undefined ? "nobody" : disabledBy(service),
        away,
        checks,
        totalSeconds: restored.timings.totalSeconds,
      };
    }
  }
  const made = { summary: parts.join("; "), exitCode: worstOf(codes), hosts, stays: [], findings };
  return maintenanceDocument(made, { startedAt, finishedAt: clock.now(), requests: cloud.requestCount() });
}

export const blankHost = (
  settings: MaintainedHost["settings"],
  previous: MaintainedHost | undefined,
): MaintainedHost => ({
  state: "draining",
  zone: previous?.zone ?? null,
  settings,
  disabledReason: null,
  disabledBy: "nobody",
  moved: [],
  stopped: [],
  leftovers: [],
  away: [],
  checks: [],
  sinceReview: null,
  totalSeconds: 0,
  longestDowntimeMilliseconds: null,
});

/** An open host has no marker any more: the last document has it, whatever machine this is. */
function remembering({ journal, previous }: EndContext, services: readonly HostService[]): RestoreJournal {
  const told = new Map<string, HostEntry>();
  for (const { host, serviceId } of services) {
    const marker = readMarker(previous?.hosts[host]?.disabledReason ?? null);
    if (marker !== null) told.set(serviceId ?? host, { away: { since: marker.since, after: marker.after } });
  }
  return {
    read: async (key) => {
      const kept = await journal.read(key);
      const began = told.get(key);
      // Everyone was home at the end of a run whose end Pulumi did not see; an earlier maintenance says nothing of this one.
      const isOver = kept?.home !== undefined && kept.home.after >= (began?.away?.after ?? 0);
      return isOver ? kept : (began ?? kept);
    },
    // Pulumi keeps the document until the maintenance has ended.
    write: async (key, entry) => (await journal.write(key, entry)) || told.has(key),
    remove: (key) => journal.remove(key),
  };
}

const isGone = (host: string) =>
  warning("host-gone", {
    path: "hosts",
    value: host,
    problem: `no nova-compute service has the host ${host} any more: nothing is opened, and no server is brought home`,
    fix: "declare the servers of this host where they shall live now",
  });

const closedByOthers = (host: string, reason: string | null) =>
  warning("disabled-by-others", {
    path: "hosts",
    value: host,
    problem: `${host} was disabled by others (${reason ?? "no reason"}): it stays disabled, and its servers stay where they are`,
    fix: "ask who disabled it, and why",
  });
