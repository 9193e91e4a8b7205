import { CloudLost } from "../contract/failure.ts";
import type {
  DrainDocument,
  DrainedHost,
  DrainMove,
  Leftover,
  Move,
  PlanChange,
  Stay,
  Target,
} from "../contract/drain.ts";
import type { Finding } from "../contract/record.ts";
import { describeFinding } from "../plan/finding.ts";
import { closeHosts, hostBlockers, hostsNamed, leftClosed } from "./close-hosts.ts";
import { drainDocument } from "./drain-document.ts";
import { leaves, type DrainOptions } from "./drain-options.ts";
import { requestOf, type DrainPlan, type PlanInput } from "./plan/drain-plan.ts";
import { describeChange, planReviewed } from "./plan/reviewed-plan.ts";
import type { HostsContext } from "./hosts-context.ts";
import type { HostService } from "./hosts-cloud.ts";
import { inLanes, type Leave } from "./lanes.ts";
import { disabledBy } from "./marker.ts";
import { isUnconfirmed } from "./on-the-way.ts";
import { notRead, prove } from "./proof.ts";
import { settle } from "./settle.ts";
import { observe, surveyHosts, type Surveyed } from "./survey-hosts.ts";
import { closedBecause } from "./plan/targets.ts";

/** Placement and Nova's records follow the last move by this, in milliseconds. */
const PROOF_PATIENCE = 60_000;
const PROOF_POLL = 5_000;
/** Nova may have chosen a host a moment before it was closed: so long after it, in milliseconds, something may still come. */
const SCHEDULED = 5_000;
/** A server that several targets refused is left. */
const MOST_ATTEMPTS = 3;
/** Plans in one run; more is a cloud in which something brings servers as fast as they are moved. */
const MOST_PASSES = 20;

/** The plan alone; changes nothing. @throws BadInput, CloudLost */
export async function previewDrain(options: DrainOptions, context: HostsContext) {
  const { services, hosts } = await readHosts(options, context);
  const surveyed = await surveyHosts(hosts, services, options, context.cloud);
  const { plan, changes } = planReviewed(surveyed.input, options, options.review);
  return { plan, changes, findings: [...hostBlockers(hosts), ...surveyed.findings, ...plan.findings] };
}

/**
 * Empties hosts: closes them, waits until nothing more arrives, moves every server with a run of its own, and proves the
 * hosts empty. The same call goes on where an earlier one ended, however it ended.
 *
 * @throws BadInput, CloudLost if nothing has been moved. Everything else is in the document.
 */
export async function drain(options: DrainOptions, context: HostsContext): Promise<DrainDocument> {
  return await new Drain(options, context).run();
}

async function readHosts(options: DrainOptions, { cloud }: HostsContext) {
  const services = await cloud.services();
  return { services: services.entries, hosts: hostsNamed(services, options.hosts) };
}

class Drain {
  readonly #options: DrainOptions;
  readonly #context: HostsContext;
  readonly #startedAt: number;
  readonly #moves: Move[] = [];
  /** Of servers whose last move did not succeed. */
  readonly #failed = new Map<string, string>();
  /** Not tried again in this run. */
  readonly #given = new Set<string>();
  readonly #excluded = new Set<string>();
  #failures = 0;
  #canaryPassed = false;
  /** Why no more moves are started. */
  #stopped: string | null = null;
  #plan: DrainPlan | undefined;
  #findings: Finding[] = [];
  /** Of the first plan after the hosts were closed. */
  #targets: Target[] = [];
  /** Since the plan that was reviewed. */
  readonly #changes = new Map<string, PlanChange>();
  /** An earlier run has begun this drain: that servers have left is its work. */
  #resumes = false;
  /** The hosts right after they were closed: what is known of them if the cloud goes away. */
  #closed: readonly HostService[] = [];
  /** Until when the scheduler may send something to them. */
  #mayComeUntil = 0;
  /** Servers whose task was waited for: once each. */
  readonly #awaited = new Set<string>();

  constructor(options: DrainOptions, context: HostsContext) {
    this.#options = options;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  async run(): Promise<DrainDocument> {
    const { services, hosts } = await readHosts(this.#options, this.#context);
    this.#resumes = hosts.some((host) => disabledBy(host) === "this-program");
    this.#findings = [...hostBlockers(hosts)];
    if (this.#findings.length > 0) return this.#refused(hosts);
    // What cannot be moved shows before anything is changed.
    const foreseen = await this.#survey(hosts, services);
    if (this.#isRefused(foreseen, true)) return this.#refused(hosts);

    if (this.#context.stop.aborted) return this.#unchanged(hosts, "it was interrupted before anything was changed");
    const { reason, reasons = {} } = this.#options;
    const closed = await closeHosts(hosts, (host) => reasons[host] ?? reason, this.#context);
    this.#closed = closed;
    if (hosts.some(({ enabled }) => enabled)) this.#mayComeUntil = this.#context.clock.now() + SCHEDULED;
    for (const { host, disabledReason } of closed.filter((one) => disabledBy(one) === "others")) {
      this.#say(
        `${host} was disabled by others (${disabledReason ?? "no reason"}): it is drained, and \`restore\` will not open it`,
      );
    }
    try {
      for (const host of closed) await settle(host, this.#context);
      await this.#moveAll();
    } catch (error) {
      if (error instanceof CloudLost) {
        this.#stopped = `the cloud does not answer: ${error.message}`;
        return await this.#finish(error);
      }
      // A fault of this program: whoever reads it has to know what it leaves.
      const ours = closed.filter((one) => disabledBy(one) === "this-program").map(({ host }) => host);
      if (ours.length > 0) this.#context.progress({ kind: "warning", text: leftClosed(ours) });
      throw error;
    }
    return await this.#finish(null);
  }

  async #survey(hosts: readonly HostService[], services: readonly HostService[]): Promise<Surveyed> {
    const surveyed = await surveyHosts(hosts, services, this.#options, this.#context.cloud);
    const input = { ...surveyed.input, excluded: this.#excluded };
    const { plan, changes } = planReviewed(input, this.#options, this.#options.review);
    this.#plan = plan;
    this.#note(changes);
    this.#findings = [...surveyed.findings, ...this.#plan.findings];
    return surveyed;
  }

  /** What has changed since the review, each once. */
  #note(changes: readonly PlanChange[]): void {
    const early = this.#closed.length === 0;
    for (const change of changes) {
      if (this.#changes.has(change.server.id)) continue;
      if (change.change === "disappeared" ? !early || this.#resumes : !early && change.change !== "appeared") continue;
      this.#changes.set(change.server.id, change);
      this.#say(describeChange(change));
    }
  }

  /** @param early something may be under way yet that will have ended once the hosts are closed */
  #isRefused({ input }: Surveyed, early: boolean): boolean {
    if (this.#findings.some(({ severity }) => severity === "blocker")) return true;
    const busy = busyServers(input);
    const stays = this.#plan?.stays.filter((stay) => !leaves(stay, this.#options)) ?? [];
    return stays.some(({ server }) => !(early && busy.has(server.id)));
  }

  /** Plans and moves until nothing is left that can be moved: servers that arrive late are in the next plan. */
  async #moveAll(): Promise<void> {
    for (let pass = 1; pass <= MOST_PASSES && this.#mayGoOn(); pass += 1) {
      const { entries: services } = await this.#context.cloud.services();
      const hosts = services.filter(({ host }) => this.#options.hosts.includes(host));
      const gone = this.#options.hosts.filter((name) => !hosts.some(({ host }) => host === name));
      if (gone.length > 0) {
        this.#stopped = `Nova lists no compute service of ${gone.join(", ")} any more: nothing more is started`;
        return;
      }
      const surveyed = await this.#survey(hosts, services);
      if (pass === 1 && this.#isRefused(surveyed, false)) {
        this.#stopped = "the plan has servers that cannot be moved, or is not whole";
        return;
      }
      if (pass === 1) {
        this.#targets = this.#plan?.targets ?? [];
        for (const id of busyServers(surveyed.input)) this.#awaited.add(id);
      }
      const moves = (this.#plan?.moves ?? []).filter(({ server }) => !this.#given.has(server.id));
      if (moves.length === 0) {
        if (await this.#nothingComes(hosts, surveyed)) return;
        continue;
      }
      this.#context.track?.({ kind: "planned", hosts: this.#options.hosts, moves });
      // What is under way already takes its source's slot.
      await this.#runAll(moves.filter(({ adopt }) => adopt));
      if (!this.#mayGoOn()) return;
      const canaries = this.#canaryPassed ? [] : smallest(moves, this.#options.canary);
      if (canaries.length > 0) {
        this.#say(`first, alone: ${canaries.map(({ server }) => server.name).join(", ")}`);
        await this.#runAll(canaries);
        const ends = canaries.map(({ server }) => this.#moves.findLast((move) => move.server.id === server.id));
        const bad = ends.find((end) => end !== undefined && end.exitCode !== 0 && end.result !== "refused");
        if (bad) this.#stopped ??= `the first move did not succeed: ${bad.message}`;
        // One that was deleted, or that somebody else moved, has shown nothing.
        this.#canaryPassed = ends.some((end) => end?.result === "migrated");
        if (!this.#canaryPassed) continue;
      }
      await this.#runAll(moves.filter((move) => !move.adopt && !canaries.includes(move)));
    }
    if (this.#mayGoOn()) this.#stopped = `servers kept arriving: after ${MOST_PASSES} plans some were left`;
  }

  /** Whether the list of servers was final. If not, what was on its way has arrived now, or was waited for long enough. */
  async #nothingComes(hosts: readonly HostService[], { input }: Surveyed): Promise<boolean> {
    const { clock, stop } = this.#context;
    const wait = this.#mayComeUntil - clock.now();
    const late = [...busyServers(input)].filter((id) => !this.#given.has(id) && !this.#awaited.has(id));
    if (wait <= 0 && late.length === 0) return true;
    for (const id of late) this.#awaited.add(id);
    if (wait > 0) await clock.sleep(wait, stop);
    for (const host of hosts) await settle(host, this.#context);
    return false;
  }

  async #runAll(moves: readonly DrainMove[]): Promise<void> {
    const { parallel, perTarget } = this.#options;
    await inLanes(
      moves,
      { parallel, perTarget },
      {
        leave: (move) => this.#leave(move),
        run: (move) => this.#move(move),
      },
    );
  }

  #mayGoOn(): boolean {
    if (this.#context.stop.aborted) this.#stopped ??= "it was interrupted";
    if (this.#failures >= this.#options.stopAfter) {
      this.#stopped ??= `${this.#failures} ${this.#failures === 1 ? "move" : "moves"} did not succeed (--stop-after ${this.#options.stopAfter})`;
    }
    return this.#stopped === null;
  }

  /** The hosts as they are right before a move. */
  async #leave(move: DrainMove): Promise<Leave> {
    if (!this.#mayGoOn()) return "stop";
    const { entries } = await this.#context.cloud.services();
    if (!this.#mayGoOn()) return "stop";
    const find = (name: string) => entries.find(({ host }) => host === name);
    const source = find(move.from);
    if (source === undefined || source.unread !== undefined || !source.up || source.forcedDown) {
      this.#stopped = `${move.from} went down, or its service cannot be read any more: nothing more is started`;
      return "stop";
    }
    if (source.enabled) {
      this.#stopped = `somebody enabled ${move.from} meanwhile: nothing more is started`;
      return "stop";
    }
    const target = find(move.to);
    // What Nova has under way already is watched to its end.
    if (move.adopt || (target !== undefined && closedBecause(target) === null)) return "go";
    this.#say(`${move.server.name}: ${move.to} takes no server any more; another target is chosen`);
    this.#refuse(move, `${move.to} takes no server any more`);
    return "skip";
  }

  async #move(move: DrainMove): Promise<void> {
    const { server, from, to } = move;
    for (const found of move.findings) this.#warn(server.name, found);
    const { clock, track } = this.#context;
    track?.({ kind: "began", server, from, to, at: clock.now() });
    const end = await this.#context.move(requestOf(server.id, to, this.#options, move.stops), server);
    track?.({ kind: "ended", server, from, to, at: clock.now(), moved: end.exitCode === 0 });
    this.#moves.push({ server, from, to, ...end });
    if (end.exitCode === 0) {
      this.#failed.delete(server.id);
      return;
    }
    if (end.result === "refused") {
      this.#refuse(move, end.message);
      return;
    }
    this.#failed.set(server.id, end.message);
    this.#given.add(server.id);
    this.#failures += 1;
  }

  /** Nothing has happened: another target may take it. */
  #refuse({ server, to }: DrainMove, because: string): void {
    this.#excluded.add(`${server.id} ${to}`);
    this.#failed.set(server.id, because);
    const tried = [...this.#excluded].filter((pair) => pair.startsWith(`${server.id} `)).length;
    if (tried >= MOST_ATTEMPTS) this.#given.add(server.id);
  }

  async #finish(lost: CloudLost | null): Promise<DrainDocument> {
    this.#mayGoOn();
    const hosts: DrainedHost[] = [];
    for (const host of this.#options.hosts) {
      try {
        hosts.push(await this.#prove(host));
      } catch (error) {
        if (!(error instanceof CloudLost)) throw error;
        lost ??= error;
        hosts.push(notRead(host, error.message, this.#closed));
      }
    }
    return this.#document(hosts, lost !== null);
  }

  /** Looks again while only records and allocations are left, which follow a move by seconds. */
  async #prove(host: string): Promise<DrainedHost> {
    const { clock, stop } = this.#context;
    const reasons = {
      stays: this.#plan?.stays ?? [],
      failed: this.#failed,
      leaves: (stay: Stay) => leaves(stay, this.#options),
    };
    const until = clock.now() + PROOF_PATIENCE;
    for (;;) {
      const proven = prove(host, await observe(host, this.#context), reasons);
      const late = proven.leftovers.length > 0 && proven.leftovers.every(mayPass);
      if (!late || clock.now() >= until || stop.aborted) return proven;
      await clock.sleep(PROOF_POLL, stop);
    }
  }

  #refused(hosts: readonly HostService[]): DrainDocument {
    return this.#unchanged(hosts, "refused before anything was changed", true);
  }

  /** Nothing was changed: the hosts are as they were. */
  #unchanged(hosts: readonly HostService[], why: string, refused = false): DrainDocument {
    this.#stopped = why;
    return this.#document(
      hosts.map((host) => ({
        host: host.host,
        zone: host.availabilityZone,
        state: host.enabled ? "open" : "draining",
        disabledBy: disabledBy(host),
        disabledReason: host.disabledReason,
        checks: [],
        leftovers: [],
      })),
      false,
      refused,
    );
  }

  #document(hosts: DrainedHost[], lost: boolean, refused = false): DrainDocument {
    return drainDocument({
      hosts,
      moves: this.#moves,
      stays: this.#plan?.stays ?? [],
      findings: this.#findings,
      targets: this.#targets,
      changes: this.#options.review && [...this.#changes.values()],
      stopped: this.#stopped,
      lost,
      refused,
      interrupted: this.#context.stop.aborted,
      startedAt: this.#startedAt,
      finishedAt: this.#context.clock.now(),
      requests: this.#context.cloud.requestCount(),
    });
  }

  #say(text: string): void {
    this.#context.progress({ kind: "step", text });
  }

  #warn(name: string, found: Finding): void {
    if (found.severity !== "warning") return;
    this.#context.progress({ kind: "warning", text: `${name}: ${describeFinding(found)}` });
  }
}

/** Whether what is left may go by itself: Placement and Nova's records follow a move; a resize waits for its owner. */
const mayPass = ({ kind, status }: Leftover): boolean =>
  kind !== "server" && !(kind === "migration" && isUnconfirmed({ status: status ?? "" }));

/** Servers that are built, or that Nova is at work on. */
const busyServers = ({ servers }: PlanInput): Set<string> =>
  new Set(
    servers
      .filter(({ snapshot: { server } }) => server.taskState !== null || server.status === "BUILD")
      .map(({ snapshot }) => snapshot.server.id),
  );

/** The cheapest to learn from; one that is stopped for its move teaches its user more than the others. */
const smallest = (moves: readonly DrainMove[], count: number): DrainMove[] =>
  moves
    .filter(({ adopt }) => !adopt)
    .toSorted((a, b) => Number(a.stops ?? false) - Number(b.stops ?? false) || a.ramMiB - b.ramMiB)
    .slice(0, count);
