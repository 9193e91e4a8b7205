import { sh } from "../../../text/shell.ts";
import type { ServerFacts } from "../../cloud/snapshot.ts";
import { DRAIN_SCHEMA_VERSION, type Move } from "../../contract/drain.ts";
import { CloudLost } from "../../contract/failure.ts";
import { EXIT_CLOUD, EXIT_CODES, type Check, type Finding } from "../../contract/record.ts";
import type { RestoreDocument, RestoredHost } from "../../contract/restore.ts";
import type { GuestCheck } from "../../contract/settings.ts";
import { worstOf } from "../../contract/several-servers.ts";
import { message } from "../../message.ts";
import { blocker, transientBlocker, warning } from "../../plan/finding.ts";
import { HOST_UNREAD_FIX } from "../../plan/destination.ts";
import { hostsNamed, NEWEST_MIGRATIONS } from "../close-hosts.ts";
import type { NotMovable } from "../../contract/maintenance-request.ts";
import { requestOf } from "../plan/drain-plan.ts";
import { homecoming, movedAway, type Away, type Began, type StaysAway } from "./homecoming.ts";
import type { HostEntry } from "./host-journal.ts";
import type { HostsContext } from "../hosts-context.ts";
import type { HostMigration, HostService } from "../hosts-cloud.ts";
import { inLanes, type Leave } from "../lanes.ts";
import { disabledBy, readMarker } from "../marker.ts";
import { isReady, untilReady } from "./ready.ts";
import { closedBecause } from "../plan/targets.ts";

/** What is kept of a maintenance once Nova has forgotten it: `HostJournal`, or what stands for it. */
export interface RestoreJournal {
  read: (key: string) => Promise<HostEntry | null>;
  /** @returns whether it is kept */
  write: (key: string, entry: HostEntry) => Promise<boolean>;
  remove: (key: string) => Promise<void>;
}

/** What a restore is asked for. */
export interface RestoreOptions {
  hosts: readonly string[];
  /** Bring home the servers that the maintenance moved away. @default false */
  return: boolean;
  /** For a host that is enabled already, on a machine that knows nothing of its maintenance: when that began, ISO 8601. */
  since: string | null;
  /** Concurrent moves from each host. @default 1 */
  parallel: number;
  /** Concurrent moves to each host that comes back. @default 2 */
  perTarget?: number;
  /** `stop`: a server that cannot come home live is stopped, moved cold and started again; else it stays. @default "leave" */
  notMovable?: NotMovable;
  /** Start no more moves after this many failures. @default 1 */
  stopAfter: number;
  /** How long to wait for each host to be ready, in seconds. @default 600 */
  readySeconds: number;
  /** How to check the guests that come home over ssh, all alike. @default not checked */
  guest?: GuestCheck | undefined;
}

/**
 * Ends the maintenance of hosts: waits until they are ready, opens those that this program closed, and brings their
 * servers home if asked to. The same call goes on where an earlier one ended.
 *
 * @throws BadInput, CloudLost
 */
export async function restore(
  options: RestoreOptions,
  context: HostsContext,
  journal: RestoreJournal,
): Promise<RestoreDocument> {
  return await new Restore(options, context, journal).run();
}

class Restore {
  readonly #options: RestoreOptions;
  readonly #context: HostsContext;
  readonly #journal: RestoreJournal;
  readonly #startedAt: number;
  readonly #findings: Finding[] = [];
  readonly #hosts: RestoredHost[] = [];
  readonly #moves: Move[] = [];
  /** Hosts that this run has opened, or found open. */
  readonly #open = new Set<string>();
  #failures = 0;
  /** Hosts of which nobody knows when their maintenance began. */
  #unknown = 0;
  #lost: CloudLost | null = null;

  constructor(options: RestoreOptions, context: HostsContext, journal: RestoreJournal) {
    this.#options = options;
    this.#context = context;
    this.#journal = journal;
    this.#startedAt = context.clock.now();
  }

  async run(): Promise<RestoreDocument> {
    const services = await this.#context.cloud.services();
    const hosts = hostsNamed(services, this.#options.hosts);
    this.#findings.push(...hosts.flatMap((host) => [...refusals(host)]));
    if (this.#findings.length > 0) {
      const closed = hosts.map(({ host, enabled }): RestoredHost => {
        return { host, state: enabled ? "open" : "closed", checks: [], away: [] };
      });
      return this.#document(closed, EXIT_CODES.refused, "refused before anything was changed");
    }
    for (const host of hosts.filter(({ enabled }) => enabled)) this.#open.add(host.host);
    for (const host of hosts) this.#hosts.push(await this.#restoreOrSay(host));
    return this.#document(this.#hosts, this.#exitCode(), null);
  }

  /** What is done is in the document, also if the cloud goes away after it. */
  async #restoreOrSay(service: HostService): Promise<RestoredHost> {
    const { host } = service;
    try {
      if (this.#lost === null) return await this.#restore(service);
    } catch (error) {
      if (!(error instanceof CloudLost)) throw error;
      this.#lost = error;
    }
    const state = !this.#open.has(host) ? "closed" : this.#options.return ? "returning" : "open";
    return { host, state, checks: [], away: [] };
  }

  async #restore(service: HostService): Promise<RestoredHost> {
    const { host } = service;
    const began = await this.#began(service);
    const checks = await untilReady(host, this.#context, this.#options.readySeconds * 1000);
    // An interrupted wait has not seen the host ready for long enough.
    if (!isReady(checks) || this.#context.stop.aborted) {
      return { host, state: service.enabled ? "open" : "closed", checks, away: [] };
    }
    if (!service.enabled && !(await this.#enable(service))) return { host, state: "closed", checks, away: [] };
    this.#open.add(host);
    if (!this.#options.return) {
      await this.#journal.remove(keyOf(service));
      return { host, state: "open", checks, away: [] };
    }
    return await this.#bringHome(service, began, checks);
  }

  /** When the maintenance began: by the marker, or once the host is open, by what this machine kept, or was told. "over": everyone is home. */
  async #began(service: HostService): Promise<Began | "over" | null> {
    const marker = readMarker(service.enabled ? null : service.disabledReason);
    if (marker !== null) {
      const { since, after } = marker;
      const isKept = !this.#options.return || (await this.#journal.write(keyOf(service), { away: { since, after } }));
      const how = isKept
        ? ""
        : `; this machine cannot keep that: if this run ends early, add \`--since ${since}\` to the next`;
      this.#say(`${service.host}: in maintenance since ${since}${how}`);
      return { since, after };
    }
    if (this.#options.since !== null) return { since: this.#options.since, after: null };
    const kept = await this.#journal.read(keyOf(service));
    if (kept?.home === undefined) return kept?.away ?? null;
    // Whoever has left since then may have left in a maintenance that this machine knows nothing of.
    const { entries } = await this.#context.cloud.migrations(service.host, NEWEST_MIGRATIONS);
    const since = { since: "", after: kept.home.after };
    return movedAway(service.host, since, entries).size === 0 ? "over" : null;
  }

  /** @returns whether it is open: somebody else may have closed it for reasons of their own, while it was waited for */
  async #enable(service: HostService): Promise<boolean> {
    const { cloud } = this.#context;
    const before = (await cloud.services()).entries.find(({ host }) => host === service.host);
    const refused = before ? [...refusals(before)] : [];
    this.#findings.push(...refused);
    if (refused.length > 0) return false;
    // To open what is open does no harm.
    const first = await cloud.enable(service);
    const answer = first.outcome === "unanswered" ? await cloud.enable(service) : first;
    const now = (await cloud.services()).entries.find(({ host }) => host === service.host);
    if (now?.enabled === true) {
      this.#say(`${service.host} is enabled`);
      return true;
    }
    throw new CloudLost(
      message(
        `Nova did not enable ${service.host}: ${answer.message}; it stays disabled`,
        "use an administrator's credentials, or have `os_compute_api:os-services:update` granted; then run this again",
      ),
    );
  }

  async #bringHome(service: HostService, began: Began | "over" | null, checks: Check[]): Promise<RestoredHost> {
    const { host } = service;
    if (began === "over") return { host, state: "open", checks, away: [] };
    if (began === null) {
      this.#unknown += 1;
      this.#findings.push(
        warning("maintenance-unknown", {
          path: "HOST",
          value: host,
          problem: `${host} was enabled before, and this machine does not know when its maintenance began: no server is brought home`,
          fix: sh`\`live-migrate restore ${host} --return --since TIME\`, with the time of its drain (UTC, such as 2026-01-31T22:00:00Z)`,
        }),
      );
      return { host, state: "open", checks, away: [] };
    }
    const { home, stays } = await this.#readAway(host, began);
    const moves = home.map((server) => ({ ...server, from: server.host, to: host }));
    if (moves.length > 0)
      this.#say(`${host}: ${moves.length} ${moves.length === 1 ? "server comes" : "servers come"} home`);
    const ended = new Set<string>();
    const { parallel, perTarget } = this.#options;
    await inLanes(
      moves,
      { parallel, perTarget },
      {
        leave: () => this.#mayReturn(host),
        run: async (one) => {
          if (await this.#move(one, host)) ended.add(one.id);
        },
      },
    );
    const left = moves.filter(({ id }) => !ended.has(id));
    const away: StaysAway[] = [...stays, ...left.map((one) => ({ server: one, why: this.#whyLeft(one) }))];
    if (left.length === 0) {
      const { entries } = await this.#context.cloud.migrations(host, 1);
      await this.#journal.write(keyOf(service), { home: { after: entries[0]?.id ?? 0 } });
    }
    return {
      host,
      state: left.length === 0 ? "open" : "returning",
      checks,
      away: away.map(({ server: { id, name }, why }) => ({ server: { id, name }, why })),
    };
  }

  async #readAway(host: string, began: Began) {
    const { cloud } = this.#context;
    let { entries } = await cloud.migrations(host, NEWEST_MIGRATIONS);
    const mayHaveMore = (all: readonly HostMigration[]) =>
      all.length >= NEWEST_MIGRATIONS && movedAway(host, began, all).size > 0;
    if (mayHaveMore(entries)) ({ entries } = await cloud.migrations(host));
    const away = movedAway(host, began, entries);
    const servers = new Map<string, ServerFacts | "gone">();
    for (const id of away.keys()) servers.set(id, await cloud.server(id));
    return homecoming(host, away, servers);
  }

  async #mayReturn(name: string): Promise<Leave> {
    if (this.#context.stop.aborted || this.#failures >= this.#options.stopAfter) return "stop";
    const host = (await this.#context.cloud.services()).entries.find((one) => one.host === name);
    return host !== undefined && closedBecause(host) === null ? "go" : "stop";
  }

  async #move({ id, name, host: from }: Away, to: string): Promise<boolean> {
    const move = (stops: boolean) =>
      this.#context.move(requestOf(id, to, { ...this.#options, stopped: "cold" }, stops), { id, name });
    const first = await move(false);
    // Refused: nothing has happened. Whether it can move cold, the second run says.
    const end = first.result === "refused" && this.#options.notMovable === "stop" ? await move(true) : first;
    this.#moves.push({ server: { id, name }, from, to, ...end });
    if (end.exitCode !== 0) this.#failures += 1;
    return end.exitCode === 0;
  }

  #whyLeft({ id }: Away): string {
    const move = this.#moves.findLast(({ server }) => server.id === id);
    return move?.message ?? "its move was not started: run the same command again";
  }

  #exitCode(): number {
    const unready = this.#hosts.some(({ state, checks }) => state === "closed" || !isReady(checks));
    const waiting = this.#hosts.some(({ state }) => state === "returning");
    // Of each server the last move counts. One that was refused is as one that failed: intact where it is, and not home.
    const last = new Map(this.#moves.map(({ server, exitCode }) => [server.id, exitCode]));
    const codes = [...last.values()].map((code) =>
      code !== 0 && code <= EXIT_CODES.refused ? EXIT_CODES.failed : code,
    );
    const open = unready || this.#unknown > 0 || (waiting && this.#failures === 0);
    return worstOf([...codes, ...(open ? [EXIT_CODES["still-running"]] : []), ...(this.#lost ? [EXIT_CLOUD] : [])]);
  }

  #document(hosts: RestoredHost[], exitCode: number, refused: string | null): RestoreDocument {
    const { clock, cloud } = this.#context;
    const totalSeconds = (clock.now() - this.#startedAt) / 1000;
    return {
      schemaVersion: DRAIN_SCHEMA_VERSION,
      summary: summarise(hosts, { moves: this.#moves, findings: this.#findings, refused, lost: this.#lost }),
      exitCode,
      hosts,
      moves: this.#moves,
      findings: this.#findings,
      timings: {
        startedAt: new Date(this.#startedAt).toISOString(),
        finishedAt: new Date(clock.now()).toISOString(),
        totalSeconds,
      },
      requests: { total: cloud.requestCount() },
    };
  }

  #say(text: string): void {
    this.#context.progress({ kind: "step", text });
  }
}

/** Of the service: host names are the same in many clouds. */
const keyOf = ({ serviceId, host }: HostService): string => serviceId ?? host;

function* refusals(host: HostService): Generator<Finding> {
  if (host.unread !== undefined) {
    yield transientBlocker("host-unread", {
      path: "HOST",
      value: host.host,
      problem: `the compute service of ${host.host} cannot be read: ${host.unread}`,
      fix: HOST_UNREAD_FIX,
    });
  } else if (disabledBy(host) === "others") {
    yield blocker("disabled-by-others", {
      path: "HOST",
      value: host.host,
      problem: `${host.host} was disabled by others (${host.disabledReason ?? "no reason"}), and what others closed is not opened`,
      fix: `ask who closed it and why; \`${sh`openstack compute service set --enable ${host.host} nova-compute`}\` opens it`,
    });
  }
}

interface RestoreEnd {
  moves: readonly Move[];
  findings: readonly Finding[];
  refused: string | null;
  lost: CloudLost | null;
}

function summarise(hosts: readonly RestoredHost[], { moves, findings, refused, lost }: RestoreEnd): string {
  if (refused !== null) return `${refused}: ${hosts.map(({ host }) => host).join(", ")}`;
  const parts = hosts.map(({ host, state, checks, away }) => {
    const unready = checks
      .filter(({ outcome }) => outcome === "failed")
      .map(({ check, observed }) => `${check} (${observed})`);
    if (unready.length > 0)
      return `${host} is NOT ready and ${state === "open" ? "enabled" : "stays disabled"}: ${unready.join(", ")}`;
    const because = findings.find(({ severity, value }) => severity === "blocker" && value === host)?.problem;
    if (state === "closed") return `${host} stays disabled${lost ? "" : `: ${because ?? "it was interrupted"}`}`;
    if (findings.some(({ code, value }) => code === "maintenance-unknown" && value === host))
      return `${host} is open; nobody was brought home, because it is not known since when it was in maintenance`;
    const still =
      away.length > 0
        ? `; ${away.length} stay away: ${away
            .map(({ server }) => server.name)
            .slice(0, 10)
            .join(", ")}`
        : "";
    return `${host} is open${still}`;
  });
  const home = moves.filter(({ exitCode }) => exitCode === 0).length;
  if (moves.length > 0)
    parts.push(`${home} of ${moves.length} ${moves.length === 1 ? "server" : "servers"} brought home`);
  if (lost !== null) parts.push(`stopped: the cloud does not answer: ${lost.message}`);
  return parts.join("; ");
}
