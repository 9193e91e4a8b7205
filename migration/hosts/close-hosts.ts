import { sh } from "../../text/shell.ts";
import { CloudLost } from "../contract/failure.ts";
import type { Finding } from "../contract/record.ts";
import { BadInput } from "../contract/request-input.ts";
import { message } from "../message.ts";
import { transientBlocker } from "../plan/finding.ts";
import { HOST_UNREAD_FIX } from "../plan/destination.ts";
import type { HostsContext } from "./hosts-context.ts";
import type { HostService, Listed } from "./hosts-cloud.ts";
import { markerText } from "./marker.ts";
import { compare } from "./plan/targets.ts";

/** How many of a host's newest migrations are looked at while something is waited for: one page of Nova's largest. */
export const NEWEST_MIGRATIONS = 1000;

/**
 * The named hosts.
 *
 * @throws BadInput with each that is not there
 */
export function hostsNamed(services: Listed<HostService>, names: readonly string[]): HostService[] {
  const all = services.entries.map(({ host }) => host).toSorted(compare);
  const missing = names.filter((name) => !all.includes(name));
  if (missing.length > 0) {
    throw new BadInput(
      missing.map((name) => ({
        path: "HOST",
        value: name,
        problem: `no nova-compute service has this host${services.gap === undefined ? "" : `, among those that can be read (${services.gap})`}`,
        fix: all.length > 0 ? `one of: ${all.join(", ")}` : "see `openstack compute service list`",
      })),
    );
  }
  return names.flatMap((name) => services.entries.find(({ host }) => host === name) ?? []);
}

/**
 * The names of all hosts of a zone, in a stable order.
 *
 * @throws BadInput if there is none
 */
export function hostsOfZone({ entries, gap }: Listed<HostService>, zone: string): string[] {
  const found = entries.filter(({ availabilityZone }) => availabilityZone === zone).map(({ host }) => host);
  if (found.length > 0 && gap === undefined) return found.toSorted(compare);
  const zones = [...new Set(entries.flatMap(({ availabilityZone }) => availabilityZone ?? []))].sort(compare);
  const wrong =
    gap === undefined
      ? { problem: "no compute host is in this zone", fix: `one of: ${zones.join(", ")}` }
      : { problem: `which hosts it has is not known: ${gap}`, fix: "name its hosts instead" };
  throw new BadInput([{ path: "--zone", value: zone, ...wrong }]);
}

/** Why nothing can be moved from a host now. Pure. */
export function* hostBlockers(hosts: readonly HostService[]): Generator<Finding> {
  for (const { host, up, forcedDown, unread } of hosts) {
    if (unread !== undefined) {
      yield transientBlocker("source-unread", {
        path: "HOST",
        value: host,
        problem: `the compute service of ${host} cannot be read, and its servers may be hidden with it: ${unread}`,
        fix: HOST_UNREAD_FIX,
      });
    } else if (!up || forcedDown) {
      yield transientBlocker("source-down", {
        path: "HOST",
        value: `${host} is ${forcedDown ? "forced down" : "down"}`,
        problem: `nova-compute on ${host} does not report: Nova moves nothing from there, and what it says of the servers may be old`,
        fix: `see whether the host lives. If it does, start its nova-compute, then run this again; if it is dead, docs/hosts.md says what an evacuation needs first (this program never evacuates)`,
      });
    }
  }
}

/**
 * Closes those hosts that are open, with our marker, and sees that they are closed. One that is closed already is left
 * as it is, whoever closed it.
 *
 * @returns the services after it
 * @throws CloudLost if Nova does not let us, or does not answer: it names the hosts that stay closed
 */
export async function closeHosts(
  hosts: readonly HostService[],
  reasonOf: (host: string) => string,
  context: HostsContext,
): Promise<HostService[]> {
  const closed: string[] = [];
  try {
    return await closeEach(
      hosts.map(({ host }) => host),
      { reasonOf, closed },
      context,
    );
  } catch (error) {
    if (closed.length === 0) throw error;
    if (!(error instanceof CloudLost)) {
      context.progress({ kind: "warning", text: leftClosed(closed) });
      throw error;
    }
    throw new CloudLost(`${error.message}; nothing was moved; ${leftClosed(closed)}`, { cause: error });
  }
}

/** @param closed gets the hosts that this has closed, or may have */
async function closeEach(
  names: readonly string[],
  { reasonOf, closed }: { reasonOf: (host: string) => string; closed: string[] },
  { cloud, clock, progress }: HostsContext,
): Promise<HostService[]> {
  // Planning takes its time: somebody may have closed one meanwhile, for reasons that are not to be overwritten.
  const before = hostsNamed(await cloud.services(), names);
  for (const host of before.filter(({ enabled, unread }) => enabled && unread === undefined)) {
    const { entries } = await cloud.migrations(host.host, NEWEST_MIGRATIONS);
    const after = Math.max(0, ...entries.map(({ id }) => id));
    const since = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    await close(host, markerText({ since, after, reason: reasonOf(host.host) }));
    closed.push(host.host);
    progress({ kind: "step", text: `${host.host} is disabled: no new server is placed there` });
  }
  const named = hostsNamed(await cloud.services(), names);
  const open = named.filter(({ enabled, unread }) => enabled && unread === undefined);
  if (open.length === 0) return named;
  throw new CloudLost(
    message(
      `Nova shows ${open.map(({ host }) => host).join(", ")} as enabled right after it was disabled`,
      "see who enables it (`openstack compute service list`), then run this again",
    ),
  );

  async function close(host: HostService, text: string): Promise<void> {
    const first = await cloud.disable(host, text);
    if (first.outcome === "accepted") return;
    // To close what is closed does no harm: unlike a move, it may be repeated.
    const answer = first.outcome === "unanswered" ? await cloud.disable(host, text) : first;
    if (answer.outcome === "accepted") return;
    if (answer.outcome === "declined") {
      const nothing = closed.length === 0 ? "; nothing was changed" : "";
      throw new CloudLost(
        message(
          `Nova did not disable ${host.host}: ${answer.message}${nothing}`,
          "use an administrator's credentials, or have `os_compute_api:os-services:update` granted; docs/hosts.md lists the rights",
        ),
      );
    }
    throw new CloudLost(
      message(
        `Nova did not answer when ${host.host} was to be disabled, which may have happened: ${answer.message}`,
        sh`check whether nova-api answers, and what \`live-migrate hosts ${host.host}\` shows; then run this again: it is safe`,
      ),
    );
  }
}

/** @example leftClosed(["node-28"]) // "node-28 stays disabled: `live-migrate restore node-28` opens it" */
export const leftClosed = (hosts: readonly string[]): string =>
  `${hosts.join(", ")} ${hosts.length === 1 ? "stays" : "stay"} disabled: \`live-migrate restore ${hosts.map((host) => sh`${host}`).join(" ")}\` opens ${hosts.length === 1 ? "it" : "them"}`;
