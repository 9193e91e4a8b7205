import type { CloudApi } from "../cloud/cloud-api.ts";
import { silentHosts } from "../cloud/silent-compute.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";

/**
 * A task that outlives a completed record by this will not end any more, in milliseconds. Nova clears the task
 * first, unless the destination's nova-compute has not answered for 60 s, its RPC time-out (nova/compute/manager.py
 * _post_live_migration at 33.0.2).
 */
const TASK_PATIENCE = 120_000;
/** The same of a record that ended otherwise: the rollback may wait for as long for each volume. */
const ROLLBACK_PATIENCE = 600_000;
/** After this long without change, in milliseconds, hosts are asked for, … */
const ASK_AFTER = 60_000;
const ASK_EVERY = 30_000;
/**
 * … and one that stays down for this long will not end the migration, in milliseconds. Nova calls a nova-compute
 * down that has missed six reports (`service_down_time` 60 s, `report_interval` 10 s): this is twelve more.
 */
const DOWN_PATIENCE = 120_000;

/** For how long nothing has changed of a migration, and whether anybody is left to end it. */
export class Standstill {
  readonly #cloud: CloudApi;
  #what = "";
  #since = 0;
  #askedAt = -Infinity;
  #downSince: number | null = null;

  constructor(cloud: CloudApi) {
    this.#cloud = cloud;
  }

  /** Takes what was seen; anything else than the last time is a change. */
  note(now: number, ...what: readonly unknown[]): void {
    const text = JSON.stringify(what);
    if (text === this.#what) return;
    this.#what = text;
    this.#since = now;
    this.#downSince = null;
  }

  /**
   * Whether no service is left that could end the migration. Reads the hosts from time to time.
   *
   * @param record its status may have ended: then the server still has the task of a migration
   */
  async isAbandoned(now: number, record: MigrationEntry, destination: string): Promise<boolean> {
    const stillFor = now - this.#since;
    if (record.status === "completed") return stillFor >= TASK_PATIENCE;
    if (!IN_FLIGHT.has(record.status)) return stillFor >= ROLLBACK_PATIENCE;
    if (stillFor < ASK_AFTER || now - this.#askedAt < ASK_EVERY) return false;
    this.#askedAt = now;
    const silent = await silentHosts(this.#cloud, [record.sourceCompute, destination]);
    if (silent.length === 0) this.#downSince = null;
    else this.#downSince ??= now;
    return this.#downSince !== null && now - this.#downSince >= DOWN_PATIENCE;
  }
}
