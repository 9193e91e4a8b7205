import type { Clock } from "./clock.ts";
import { CloudLost, type Edge, type ObservedServer } from "./edge.ts";
import { COUNTERS_EVERY, pollInterval } from "./polling.ts";
import type { Progress } from "./progress.ts";
import type { Phase } from "./record.ts";
import type { TimeoutPolicy } from "./request.ts";
import type { MigrationEntry } from "./snapshot.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface WatchOptions {
  serverId: string;
  /** Host it is to arrive at. */
  destination: string;
  /** The record, if it is known already. */
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
  | { state: "interrupted" };

export interface Watched {
  end: WatchEnd;
  migration: MigrationEntry | null;
  memoryTotalBytes: number | null;
  phases: Phase[];
  /** What was done on time-out, and Nova's answer. */
  interventions: string[];
}

/** The cloud may be away for so long (an API restart) before the run gives up, in milliseconds. */
const CLOUD_PATIENCE = 300_000;
/** How often, and every how many milliseconds, the record of a server that has just become idle is looked at. */
const LAGGING_LOOKS = 3;
const LAGGING_EVERY = 100;
/** After an abort or force-complete, the migration may take so long to end, in milliseconds. */
const INTERVENTION_PATIENCE = 120_000;

/** Looks at a migration under way until it has ended, one way or another. Sends nothing but reads, save on time-out. */
export class Watch {
  readonly #edge: Edge;
  readonly #clock: Clock;
  readonly #options: WatchOptions;
  readonly #progress: Progress;
  readonly #startedAt: number;
  readonly #sentBefore: number;
  #migration: MigrationEntry | null = null;
  #idleSince: number | null = null;
  #phase = "accepted";
  #phaseSince: number;
  #phases: Phase[] = [];
  #countersAt = 0;
  #memory: { total: number; remaining: number; rate: number | null; at: number } | null = null;
  /** The least memory remaining so far, and since when: a guest that dirties as fast as it is copied goes up and down. */
  #least: { remaining: number; since: number } | null = null;
  #intervenedAt: number | null = null;
  #interventions: string[] = [];

  constructor(edge: Edge, clock: Clock, options: WatchOptions, progress: Progress) {
    this.#edge = edge;
    this.#clock = clock;
    this.#options = options;
    this.#progress = progress;
    this.#startedAt = clock.now();
    this.#sentBefore = edge.requestCount();
    this.#phaseSince = this.#startedAt;
  }

  async run(): Promise<Watched> {
    let answeredAt = this.#clock.now();
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
    const server = await this.#edge.server(this.#options.serverId);
    const idle = server === "gone" || server.taskState === null;
    if (idle || this.#migration === null) await this.#readRecord();
    else await this.#readCounters(this.#migration.id);
    const now = this.#clock.now();
    if (!idle) this.#idleSince = null;
    const verdict = judge({ at: now, server, record: this.#migration }, this.#options.destination, this.#idleSince);
    if (idle) this.#idleSince ??= now;
    if (verdict.state !== "moving") return verdict;
    this.#enter(verdict.phase);
    if (idle && server !== "gone") return await this.#lagging(server);
    return await this.#outOfTime();
  }

  /** The record follows an idle server within a fifth of a second: look at it alone, not at all again. */
  async #lagging(server: ObservedServer): Promise<WatchEnd | null> {
    for (let look = 0; look < LAGGING_LOOKS && !this.#options.interrupted.aborted; look++) {
      await this.#clock.sleep(LAGGING_EVERY, this.#options.interrupted);
      await this.#readRecord();
      const observation = { at: this.#clock.now(), server, record: this.#migration };
      const verdict = judge(observation, this.#options.destination, this.#idleSince);
      if (verdict.state !== "moving") return verdict;
    }
    return null;
  }

  async #readRecord(): Promise<void> {
    const { serverId, newestBefore } = this.#options;
    const entries = (await this.#edge.migrations(serverId)) ?? [];
    // Once known it is stuck to: whatever someone else starts after it is not this run's.
    const known = this.#migration?.id ?? this.#options.migrationId;
    const mine = entries.find(({ id }) => (known === null ? id > (newestBefore ?? 0) : id === known));
    if (mine) this.#migration = mine;
  }

  async #readCounters(id: number): Promise<void> {
    const now = this.#clock.now();
    // The first seconds tell the phase (queued or not); later the counters change only every 5 s.
    const every = this.#phase === "running" ? COUNTERS_EVERY : COUNTERS_EVERY / 2;
    if (now - this.#countersAt < every) return;
    this.#countersAt = now;
    const counters = await this.#edge.counters(this.#options.serverId, id);
    if (counters === null || this.#migration === null) return;
    this.#migration = { ...this.#migration, status: counters.status };
    const { totalBytes: total, remainingBytes: remaining } = counters;
    if (!total || remaining === null) return;
    const before = this.#memory;
    const seconds = before === null ? 0 : (now - before.at) / 1000;
    const shrank = before !== null && remaining < before.remaining && seconds > 0;
    const rate = shrank ? (before.remaining - remaining) / seconds : null;
    this.#memory = { total, remaining, rate, at: now };
    if (this.#least === null || remaining < this.#least.remaining) this.#least = { remaining, since: now };
    this.#progress({
      kind: "memory",
      totalBytes: total,
      remainingBytes: remaining,
      bytesPerSecond: rate,
      elapsedSeconds: this.#elapsed() / 1000,
    });
  }

  /** Deadline and stall, and what the policy makes of them. */
  async #outOfTime(): Promise<WatchEnd | null> {
    const { timeoutSeconds, stallSeconds, onTimeout, serverId } = this.#options;
    const now = this.#clock.now();
    if (this.#intervenedAt !== null) {
      if (now - this.#intervenedAt < INTERVENTION_PATIENCE) return null;
      return { state: "timeout", why: `still ${this.#phase} ${INTERVENTION_PATIENCE / 1000} s after the ${onTimeout}` };
    }
    const stalled = this.#least !== null && now - this.#least.since > stallSeconds * 1000;
    const late = this.#elapsed() - this.#queuedFor() > timeoutSeconds * 1000;
    if (!stalled && !late) return null;
    const why = stalled
      ? `memory remaining has reached no new low for ${stallSeconds} s`
      : `not done after ${timeoutSeconds} s`;
    if (onTimeout === "fail" || this.#migration === null) return { state: "timeout", why };
    this.#intervenedAt = now;
    const ask = onTimeout === "abort" ? this.#edge.abort.bind(this.#edge) : this.#edge.forceComplete.bind(this.#edge);
    const { accepted, message } = await ask(serverId, this.#migration.id);
    const said = `${onTimeout} (${why}): ${accepted ? "accepted" : message}`;
    this.#interventions.push(said);
    this.#progress({ kind: "warning", text: said });
    return null;
  }

  #enter(phase: string): void {
    if (phase === this.#phase) return;
    this.#closePhase();
    this.#phase = phase;
    this.#progress({ kind: "phase", phase, elapsedSeconds: this.#elapsed() / 1000 });
  }

  #closePhase(): void {
    const now = this.#clock.now();
    this.#phases.push({ phase: this.#phase, seconds: (now - this.#phaseSince) / 1000 });
    this.#phaseSince = now;
  }

  #queuedFor(): number {
    const closed = this.#phases.filter(({ phase }) => phase === "queued");
    const open = this.#phase === "queued" ? this.#clock.now() - this.#phaseSince : 0;
    return open + closed.reduce((sum, { seconds }) => sum + seconds * 1000, 0);
  }

  #pollState() {
    const { rate, remaining, at } = this.#memory ?? { rate: null, remaining: 0, at: 0 };
    const now = this.#clock.now();
    return {
      phase: this.#phase,
      elapsed: this.#elapsed(),
      // The counters are some seconds old.
      remaining: rate === null ? null : Math.max(0, (remaining / rate) * 1000 - (now - at)),
      sent: this.#edge.requestCount() - this.#sentBefore,
      idle: this.#idleSince !== null,
    };
  }

  #elapsed(): number {
    return this.#clock.now() - this.#startedAt;
  }

  #ended(end: WatchEnd): Watched {
    this.#closePhase();
    return {
      end,
      migration: this.#migration,
      memoryTotalBytes: this.#memory?.total ?? null,
      phases: this.#phases,
      interventions: this.#interventions,
    };
  }
}
