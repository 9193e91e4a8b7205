import type { Clock } from "../clock.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { COLD_TYPE } from "../cloud/cold-status.ts";
import { silentHosts } from "../cloud/silent-compute.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { CloudLost } from "../contract/failure.ts";
import type { Phase } from "../contract/record.ts";
import type { Progress } from "../progress.ts";
import { PhaseLog } from "./phase-log.ts";
import { judgeCold, type ColdVerdict } from "./cold-verdict.ts";

export interface ColdWatchOptions {
  serverId: string;
  destination: string;
  /** The record, if it is known already; null: it was asked for just now. */
  migrationId: number | null;
  /** Records up to this id belong to earlier migrations. */
  newestBefore: number | null;
  timeoutSeconds: number;
  /** Aborted once: stop watching. */
  interrupted: AbortSignal;
  /** A confirmation or a revert was accepted: that it waits for one is not its end any more. */
  decided?: boolean;
}

/** Why watching ended. */
export type ColdEnd =
  | Exclude<ColdVerdict, { state: "moving" }>
  | { state: "timeout" }
  | { state: "interrupted" }
  /** These computes are down, and without them nothing ends it. */
  | { state: "abandoned"; down: string[] };

export interface ColdWatched {
  end: ColdEnd;
  migration: MigrationEntry | null;
  phases: Phase[];
  requests: number;
}

/** Milliseconds between two looks: two requests each, at most two requests a second on average. */
const EVERY = 1_000;
const LATER = 2_000;
const LATER_AFTER = 60_000;
/** How long the cloud may be away (an API restart) before the run gives up, in milliseconds. */
const CLOUD_PATIENCE = 300_000;
/** After this long without change hosts are asked for, so often; one that is down for so long ends nothing. Milliseconds. */
const ASK_AFTER = 60_000;
const ASK_EVERY = 30_000;
const DOWN_PATIENCE = 120_000;

/** Polls a cold migration until it has ended or waits for its confirmation. Only reads. */
export class ColdWatch {
  readonly #cloud: CloudApi;
  readonly #clock: Clock;
  readonly #options: ColdWatchOptions;
  readonly #progress: Progress;
  readonly #phases: PhaseLog;
  readonly #sentBefore: number;
  #migration: MigrationEntry | null = null;
  #idleSince: number | null = null;
  #changedAt: number;
  #seen = "";
  #askedAt = -Infinity;
  #downSince: number | null = null;

  constructor(cloud: CloudApi, clock: Clock, options: ColdWatchOptions, progress: Progress) {
    this.#cloud = cloud;
    this.#clock = clock;
    this.#options = options;
    this.#progress = progress;
    this.#phases = new PhaseLog(clock, progress);
    this.#changedAt = clock.now();
    this.#sentBefore = cloud.requestCount();
  }

  async run(): Promise<ColdWatched> {
    const { interrupted, timeoutSeconds } = this.#options;
    let answeredAt = this.#clock.now();
    for (;;) {
      if (interrupted.aborted) return this.#ended({ state: "interrupted" });
      try {
        const end = await this.#look();
        if (end !== null) return this.#ended(end);
        answeredAt = this.#clock.now();
      } catch (error) {
        if (!(error instanceof CloudLost) || this.#clock.now() - answeredAt > CLOUD_PATIENCE) throw error;
        this.#progress({ kind: "warning", text: `the cloud does not answer (${error.message}); still watching` });
      }
      if (this.#phases.elapsed() >= timeoutSeconds * 1000) return this.#ended({ state: "timeout" });
      await this.#clock.sleep(this.#phases.elapsed() < LATER_AFTER ? EVERY : LATER, interrupted);
    }
  }

  async #look(): Promise<ColdEnd | null> {
    const { serverId, destination, newestBefore, migrationId, decided } = this.#options;
    const server = await this.#cloud.server(serverId);
    const entries = (await this.#cloud.moves(serverId)) ?? [];
    // Once known it is stuck to: whatever someone else starts after it is not this run's.
    const known = this.#migration?.id ?? migrationId;
    const mine = entries.find(({ id, type = COLD_TYPE }) =>
      known === null ? id > (newestBefore ?? 0) && type === COLD_TYPE : id === known,
    );
    // What lags is the server's state behind its record, from when that was written.
    if (mine && mine.status !== this.#migration?.status) this.#idleSince = null;
    if (mine) this.#migration = mine;
    const now = this.#clock.now();
    const verdict = judgeCold({ at: now, server, record: this.#migration }, destination, this.#idleSince);
    this.#idleSince = server === "gone" || server.taskState !== null ? null : (this.#idleSince ?? now);
    if (verdict.state !== "moving" && !(verdict.state === "arrived" && decided === true)) return verdict;
    this.#phases.enter(verdict.state === "moving" ? verdict.phase : "finished");
    return await this.#abandoned(now, server === "gone" ? null : server.taskState);
  }

  /** Nothing changes, and a compute that should go on with it is down. */
  async #abandoned(now: number, taskState: string | null): Promise<ColdEnd | null> {
    const seen = `${this.#phases.current} ${taskState ?? ""}`;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#changedAt = now;
      this.#downSince = null;
    }
    if (now - this.#changedAt < ASK_AFTER || now - this.#askedAt < ASK_EVERY) return null;
    this.#askedAt = now;
    const down = await silentHosts(this.#cloud, [this.#migration?.sourceCompute ?? null, this.#options.destination]);
    if (down.length === 0) this.#downSince = null;
    else this.#downSince ??= now;
    const over = this.#downSince !== null && now - this.#downSince >= DOWN_PATIENCE;
    return over ? { state: "abandoned", down } : null;
  }

  #ended(end: ColdEnd): ColdWatched {
    const requests = this.#cloud.requestCount() - this.#sentBefore;
    return { end, migration: this.#migration, phases: this.#phases.end(), requests };
  }
}
