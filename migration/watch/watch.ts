import type { Clock } from "../clock.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { CloudLost, NotFound } from "../contract/failure.ts";
import { requestIntervention } from "./intervene.ts";
import { MemoryProgress } from "./memory-progress.ts";
import { PhaseLog } from "./phase-log.ts";
import { FIRST_POLL, pollInterval } from "./polling.ts";
import type { Progress } from "../progress.ts";
import type { Phase } from "../contract/record.ts";
import type { TimeoutPolicy } from "../contract/settings.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { Standstill } from "./standstill.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";
import { judge, type Observation, type Verdict } from "./verdict.ts";

export interface WatchOptions {
  serverId: string;
  /** Host it is to arrive at. */
  destination: string;
  /** The record, if it is known already; null: it was asked for just now. */
  migrationId: number | null;
  /** Records up to this id belong to earlier migrations. */
  newestBefore: number | null;
  /** Seconds, without time spent queued. */
  timeoutSeconds: number;
  stallSeconds: number;
  onTimeout: TimeoutPolicy;
  /** Aborted once: stop watching. */
  interrupted: AbortSignal;
}

/** Why watching ended. */
export type WatchEnd =
  | Exclude<Verdict, { state: "moving" }>
  /** Deadline or stall, with `onTimeout: fail`, or after the abort or force-complete asked for had no effect. */
  | { state: "timeout"; why: string }
  /** Nobody is left to end it. */
  | { state: "abandoned"; migration: MigrationEntry }
  /** It has ended, and someone else's migration is under way before this run could look what became of it. */
  | { state: "overtaken"; status: string; onDestination: boolean }
  | { state: "interrupted" };

export interface Watched {
  end: WatchEnd;
  migration: MigrationEntry | null;
  memoryTotalBytes: number | null;
  phases: Phase[];
  /** What was done on time-out, and Nova's answer. */
  interventions: string[];
  /** Everything as it was at the end, if the record said `completed`: what the verification begins with. */
  snapshot: Snapshot | null;
  /** Requests sent, without those of the snapshot. */
  requests: number;
}

/** How long the cloud may be away (an API restart) before the run gives up, in milliseconds. */
const CLOUD_PATIENCE = 300_000;
/**
 * Interval between two reads of the server while its record is in progress, in milliseconds. The record shows a normal
 * end; the server shows a deletion, or an end whose record no service updates.
 */
const SERVER_EVERY = 5_000;
/** Nova writes its byte counters about as often, in milliseconds. */
const COUNTERS_EVERY = 5_000;
/** Nothing happens to it while it waits for its turn. */
const QUEUED_SERVER_EVERY = 15_000;
/** How long a migration may take to end after an abort or force-complete, in milliseconds. */
const INTERVENTION_PATIENCE = 120_000;

const isBusy = (server: Observation["server"]) => server !== "gone" && server.taskState !== null;

/** Polls a migration under way until it has ended. Only reads, except on time-out. */
export class Watch {
  readonly #cloud: CloudApi;
  readonly #clock: Clock;
  readonly #options: WatchOptions;
  readonly #progress: Progress;
  readonly #phases: PhaseLog;
  readonly #sentBefore: number;
  readonly #memory = new MemoryProgress();
  readonly #standstill: Standstill;
  #migration: MigrationEntry | null = null;
  /** All of the server, as they were when its record was last read. */
  #entries: readonly MigrationEntry[] = [];
  #idleSince: number | null = null;
  /** Since when looks are paced, and what was sent by then: time in Nova's queue saves no requests for later. */
  #paced: { since: number; sent: number };
  #countersAt = -Infinity;
  /** Whether Nova still lists the record: what it said last is no news otherwise, and time queued has an end. */
  #listed = true;
  #serverAt: number;
  #snapshot: Snapshot | null = null;
  #inspected = 0;
  #intervenedAt: number | null = null;
  /** The status in which Nova declined the intervention: it may accept it in the next one. */
  #declinedIn: string | null = null;
  #interventions: string[] = [];

  constructor(cloud: CloudApi, clock: Clock, options: WatchOptions, progress: Progress) {
    this.#cloud = cloud;
    this.#clock = clock;
    this.#options = options;
    this.#progress = progress;
    this.#standstill = new Standstill(cloud);
    this.#phases = new PhaseLog(clock, progress);
    this.#sentBefore = cloud.requestCount();
    this.#serverAt = clock.now();
    this.#paced = { since: this.#serverAt, sent: 0 };
  }

  async run(): Promise<Watched> {
    let answeredAt = this.#clock.now();
    if (this.#options.migrationId === null) await this.#clock.sleep(FIRST_POLL, this.#options.interrupted);
    for (;;) {
      if (this.#options.interrupted.aborted) return this.#ended({ state: "interrupted" });
      try {
        const end = await this.#look();
        if (end !== null) return this.#ended(end);
        answeredAt = this.#clock.now();
      } catch (error) {
        if (!(error instanceof CloudLost) || this.#clock.now() - answeredAt > CLOUD_PATIENCE) throw error;
        this.#progress({ kind: "warning", text: `the cloud does not answer (${error.message}); still watching` });
      }
      await this.#clock.sleep(pollInterval(this.#pollState()), this.#options.interrupted);
    }
  }

  async #look(): Promise<WatchEnd | null> {
    const server = this.#isServerDue() ? await this.#cloud.server(this.#options.serverId) : null;
    await this.#readMigration();
    const record = this.#migration;
    if (server === null && record !== null && IN_FLIGHT.has(record.status)) return await this.#goesOn(record.status);
    return await this.#judge(server, record);
  }

  #isServerDue(): boolean {
    if (this.#migration === null || !IN_FLIGHT.has(this.#migration.status)) return false;
    const every = this.#migration.status === "queued" ? QUEUED_SERVER_EVERY : SERVER_EVERY;
    return this.#clock.now() - this.#serverAt >= every;
  }

  async #judge(seen: Observation["server"] | null, record: MigrationEntry | null): Promise<WatchEnd | null> {
    const { serverId, destination } = this.#options;
    // Once: what it costs is worth it only if it is the end.
    const final = record?.status === "completed" && this.#inspected === 0;
    const server = final ? await this.#inspect(record) : (seen ?? (await this.#cloud.server(serverId)));
    const now = (this.#serverAt = this.#clock.now());
    const verdict = judge({ at: now, server, record }, destination, this.#idleSince);
    this.#idleSince = isBusy(server) ? null : (this.#idleSince ?? now);
    if (verdict.state !== "moving") return verdict;
    this.#snapshot = null;
    const newest = this.#entries[0];
    const ended = record !== null && !IN_FLIGHT.has(record.status);
    if (ended && newest && newest.id > record.id && IN_FLIGHT.has(newest.status)) {
      return { state: "overtaken", status: record.status, onDestination: false };
    }
    // A task other than a migration's ends on its own.
    const task = server === "gone" || server.taskState === "migrating" ? null : server.taskState;
    return await this.#goesOn(verdict.phase, task !== null);
  }

  async #goesOn(phase: string, otherTask = false): Promise<WatchEnd | null> {
    this.#enter(this.#listed ? phase : "not listed");
    const now = this.#clock.now();
    const record = this.#migration;
    this.#standstill.note(now, this.#phases.current, this.#memory.remainingBytes, record?.destCompute);
    if (record !== null && !otherTask && this.#idleSince === null) {
      const { destination } = this.#options;
      if (await this.#standstill.isAbandoned(now, record, destination))
        return { state: "abandoned", migration: record };
    }
    return await this.#outOfTime();
  }

  /** What it reads of the server is what judges the end, and all the rest of it is what the verification needs. */
  async #inspect({ uuid }: MigrationEntry): Promise<Observation["server"]> {
    const sent = this.#cloud.requestCount();
    try {
      // They have just shown that it is completed.
      const scope = { purpose: "verify", migrationUuid: uuid, migrations: this.#entries } as const;
      this.#snapshot = await this.#cloud.snapshot(this.#options.serverId, scope);
      return this.#snapshot.server;
    } catch (error) {
      if (error instanceof NotFound) return "gone";
      throw error;
    } finally {
      this.#inspected += this.#cloud.requestCount() - sent;
    }
  }

  /** One request, as a rule: the counters have the status too, while it runs. */
  async #readMigration(): Promise<void> {
    const now = this.#clock.now();
    const migration = this.#migration;
    const due = migration?.status === "running" && now - this.#countersAt >= COUNTERS_EVERY;
    if (due) this.#countersAt = now;
    // They are gone at its end, and hidden from some users.
    if (!due || !(await this.#readCounters(migration))) await this.#readRecord();
  }

  async #readRecord(): Promise<void> {
    const { serverId, newestBefore } = this.#options;
    const entries = (this.#entries = (await this.#cloud.migrations(serverId)) ?? []);
    // Kept once known: a migration that someone else starts later is not this run's.
    const known = this.#migration?.id ?? this.#options.migrationId;
    const mine = entries.find(({ id }) => (known === null ? id > (newestBefore ?? 0) : id === known));
    if (mine) this.#migration = mine;
    this.#listed = mine !== undefined;
  }

  async #readCounters(migration: MigrationEntry): Promise<boolean> {
    const counters = await this.#cloud.counters(this.#options.serverId, migration.id);
    if (counters === null) return false;
    this.#migration = { ...migration, status: counters.status };
    const { totalBytes, remainingBytes } = counters;
    const news = this.#memory.note(counters, this.#clock.now());
    if (news && totalBytes !== null && remainingBytes !== null) {
      const { bytesPerSecond } = this.#memory;
      const elapsedSeconds = this.#phases.elapsed() / 1000;
      this.#progress({ kind: "memory", totalBytes, remainingBytes, bytesPerSecond, elapsedSeconds });
    }
    return true;
  }

  /** Deadline and stall, and what the policy makes of them. */
  async #outOfTime(): Promise<WatchEnd | null> {
    const { timeoutSeconds, stallSeconds, onTimeout, serverId } = this.#options;
    const now = this.#clock.now();
    const declinedBefore = this.#declinedIn !== null && this.#declinedIn !== this.#migration?.status;
    if (this.#intervenedAt !== null && !declinedBefore) {
      if (now - this.#intervenedAt < INTERVENTION_PATIENCE) return null;
      const why = `still ${this.#phases.current} ${INTERVENTION_PATIENCE / 1000} s after the ${onTimeout}`;
      return { state: "timeout", why };
    }
    const stalled = this.#memory.stalledFor(now) > stallSeconds * 1000;
    const late = this.#phases.elapsed() - this.#phases.spentIn("queued") > timeoutSeconds * 1000;
    if (!stalled && !late) return null;
    const why = stalled
      ? `memory remaining has reached no new low for ${stallSeconds} s`
      : `not done after ${timeoutSeconds} s`;
    if (onTimeout === "fail" || this.#migration === null) return { state: "timeout", why };
    this.#intervenedAt = now;
    const intervened = await requestIntervention(this.#cloud, this.#clock, onTimeout, serverId, this.#migration.id);
    const { outcome, message } = intervened;
    this.#declinedIn = outcome === "declined" ? this.#migration.status : null;
    const text = `${onTimeout} (${why}): ${message}`;
    this.#interventions.push(text);
    this.#progress({ kind: "warning", text });
    return null;
  }

  #enter(phase: string): void {
    const ended = this.#phases.enter(phase);
    if (ended === "queued") this.#paced = { since: this.#clock.now(), sent: this.#requests() };
  }

  #pollState() {
    const { since, sent } = this.#paced;
    return {
      phase: this.#phases.current,
      elapsed: this.#clock.now() - since,
      sent: this.#requests() - sent,
      queuedFor: this.#phases.spentIn("queued"),
    };
  }

  #requests(): number {
    return this.#cloud.requestCount() - this.#sentBefore - this.#inspected;
  }

  #ended(end: WatchEnd): Watched {
    return {
      end,
      migration: this.#migration,
      memoryTotalBytes: this.#memory.totalBytes,
      phases: this.#phases.end(),
      interventions: this.#interventions,
      snapshot: this.#snapshot,
      requests: this.#requests(),
    };
  }
}
