import { UNCONFIRMED } from "../../cloud/cold-status.ts";
import { localDisks } from "../../cloud/kind.ts";
import { silentHosts } from "../../cloud/silent-compute.ts";
import type { MigrationEntry, Snapshot } from "../../cloud/snapshot.ts";
import { NotFound } from "../../contract/failure.ts";
import type { Check, MigrationRecord, Outcome } from "../../contract/record.ts";
import type { MigrationRequest } from "../../contract/request.ts";
import { GuestMonitor, type GuestResult } from "../../guest/guest-monitor.ts";
import type { Plan } from "../../plan/plan.ts";
import { coldChecks, coldExpectation, type ColdBefore } from "../../verify/cold-expectation.ts";
import { Verification } from "../../verify/verification.ts";
import { ColdWatch, type ColdWatched, type ColdWatchOptions } from "../../watch/cold-watch.ts";
import type { RecordInputs } from "../compose-record.ts";
import { ageOf, serverGone } from "../failure-reason.ts";
import type { JournalEntry } from "../journal.ts";
import { placed } from "../phases.ts";
import { restorePin } from "../restore-pin.ts";
import { Account } from "../run-account.ts";
import type { RunContext } from "../run-context.ts";

/** A cold migration to start, or one to adopt. */
export type ColdPlan = Extract<Plan, { action: "migrate" | "adopt" }>;

const NO_FACTS = { reason: "the move had begun before this run" };

/** What one run of a cold migration has, and does, at every step. */
export class ColdRun {
  readonly request: MigrationRequest;
  readonly context: RunContext;
  readonly plan: ColdPlan;
  readonly snapshot: Snapshot;
  readonly account: Account;
  readonly guest: GuestMonitor;
  readonly #verification: Verification;
  readonly #before: ColdBefore;
  /** This run's, or that of the run that it goes on with; null: there is none. */
  journalled: JournalEntry | null;
  requestId: string | null = null;
  #guestResult: GuestResult | null = null;

  constructor(
    request: MigrationRequest,
    context: RunContext,
    snapshot: Snapshot,
    decided: ColdPlan,
    startedAt: number,
    journalled: JournalEntry | null,
  ) {
    this.request = request;
    this.context = context;
    this.snapshot = snapshot;
    this.plan = decided;
    this.account = new Account(request, context, snapshot, decided, startedAt);
    this.#verification = new Verification(snapshot, request.volumeIds ?? [], context);
    const mine = journalled?.destination === this.destination ? journalled : null;
    this.journalled = mine && decided.action === "adopt" ? ofMigration(mine, decided.migration, snapshot) : mine;
    const adopted = decided.action === "adopt";
    const ran = ranBefore(snapshot, adopted ? (this.journalled?.cold?.statusBefore ?? null) : null);
    this.#before = { snapshot, volumeIds: request.volumeIds ?? [], ran, seen: !adopted };
    const status = ran === true ? "ACTIVE" : snapshot.server.status;
    this.guest = new GuestMonitor(request.guest, { ...snapshot.server, status }, context.clock);
  }

  get serverId(): string {
    return this.snapshot.server.id;
  }

  get name(): string {
    return this.snapshot.server.name;
  }

  get destination(): string {
    return this.plan.destination.name;
  }

  get adopted(): boolean {
    return this.plan.action === "adopt";
  }

  /** The local disks that a revert takes back to how they were before the move, in words; null: nothing is written to any. */
  writesUndone(): string | null {
    if (this.#before.ran === false) return null;
    const written = localDisks(this.snapshot.server).filter(({ gib }) => gib !== null);
    return written.map(({ words }) => words).join(" and ") || null;
  }

  /** What could be checked before, and what was seen to fail since. */
  get checkable(): readonly Check[] {
    return this.#verification.checkable;
  }

  /** What a record says of the migration, however it ended. */
  facts(migration: MigrationEntry | null): Partial<RecordInputs> {
    const { requestId, adopted } = this;
    return { requestId, adopted, migration, source: this.account.sourcePlace(migration) };
  }

  record(outcome: Outcome, snapshot: Snapshot, found: Partial<RecordInputs>): MigrationRecord {
    const { downtime = null, guest = null } = this.#guestResult ?? {};
    return this.account.record(outcome, snapshot, { downtime, guest, ...found });
  }

  async watch(options: Partial<ColdWatchOptions>): Promise<ColdWatched> {
    const { cloud, clock, progress, interrupted } = this.context;
    const began = this.account.elapsed();
    const { serverId, destination } = this;
    const all = { serverId, destination, migrationId: null, newestBefore: null, timeoutSeconds: 0, interrupted };
    const watched = await new ColdWatch(cloud, clock, { ...all, ...options }, progress).run();
    this.account.watching += watched.requests;
    this.account.phases.push(...placed(watched.phases, began));
    return watched;
  }

  /** The cloud's side of a server that waits on its destination to be confirmed. */
  verifyUnconfirmed(migration: MigrationEntry) {
    return this.#verify(this.destination, migration, UNCONFIRMED);
  }

  /** The same once the migration has ended: then nothing is held for it any more. */
  async verifyEnded(host: string | null, migration: MigrationEntry | null) {
    const server = await this.context.cloud.server(this.serverId);
    if (server === "gone") throw serverGone(this.serverId);
    // What it shall be is not what it has become: not where it is wrong.
    const now = server.status === UNCONFIRMED ? "ACTIVE" : server.status;
    return await this.#verify(host, migration, now);
  }

  async #verify(host: string | null, migration: MigrationEntry | null, now: string) {
    this.account.step(`verifying ${this.name} on ${host ?? "its host"}`);
    const began = this.account.elapsed();
    try {
      const expectation = coldExpectation(this.#before, { host, migration, now });
      const { checks, snapshot, waiting } = await this.#verification.settleAs(expectation);
      this.account.watching += waiting;
      return { checks: [...checks, ...coldChecks(this.#before, snapshot)], snapshot };
    } catch (error) {
      throw error instanceof NotFound ? serverGone(this.serverId, error) : error;
    } finally {
      this.account.phases.push({ phase: "verify", seconds: this.account.elapsed() - began, startSeconds: began });
    }
  }

  /** Asks the guest before it is shut down; of one whose move has begun, the journal may know it. */
  async guestBefore(): Promise<void> {
    const { guest: wanted } = this.request;
    if (this.adopted) {
      this.guest.withoutBefore(NO_FACTS, this.journalled?.guestBefore ?? null);
      return;
    }
    await this.guest.before(wanted?.waitSeconds ?? 0, null, this.context.interrupted);
  }

  /** The guest's side; asked again after a revert, when it was started once more. */
  async guestAfter(migration: MigrationEntry | null): Promise<Check[]> {
    const age = ageOf(migration, this.context.clock.now(), true);
    const { checks, downtime, guest } = await this.guest.after(age);
    // The first gap is that of the move.
    this.#guestResult = { checks, guest, downtime: this.#guestResult?.downtime ?? downtime };
    return checks;
  }

  /** What the guest's side said last; asked now if it was not. */
  async guestOnce(migration: MigrationEntry | null): Promise<Check[]> {
    return this.#guestResult?.checks ?? (await this.guestAfter(migration));
  }

  /** Nothing is wrong: restores the pin, if there was one, and forgets the journal unless the verification is open. */
  async settled(snapshot: Snapshot, outcome: Outcome): Promise<void> {
    const { cloud, clock, journal } = this.context;
    const declined = await restorePin(cloud, clock, snapshot, this.journalled?.unpinnedFrom ?? null);
    if (declined) this.account.warn(declined);
    else if (outcome !== "still-running") await journal.remove(this.serverId);
  }

  /** Remembers what is asked for next, so that a later run knows that it was this program's doing. */
  async decide(decision: "confirm" | "revert"): Promise<void> {
    if (this.journalled === null) return;
    this.journalled = { ...this.journalled, decision };
    await this.context.journal.write(this.journalled);
  }

  /** Those of the hosts whose nova-compute is down. */
  down(...hosts: (string | null)[]): Promise<string[]> {
    return silentHosts(this.context.cloud, hosts);
  }

  look(): Promise<Snapshot> {
    return this.context.cloud
      .snapshot(this.serverId, { purpose: "verify", migrationUuid: null })
      .catch((error: unknown) => {
        throw error instanceof NotFound ? serverGone(this.serverId, error) : error;
      });
  }
}

/** Without what it says of an earlier migration to the same host: then it is not of this one. */
function ofMigration(journalled: JournalEntry, { id }: MigrationEntry, { moves }: Snapshot): JournalEntry {
  const { cold, decision: _, ...rest } = journalled;
  const after = cold?.newestBefore ?? 0;
  const others = moves?.known === true ? moves.value.filter((other) => other.id > after && other.id < id) : [];
  return cold === undefined || others.length > 0 ? { ...rest, guestBefore: null } : journalled;
}

/** Whether its guest ran before the move, as far as anything tells it. */
function ranBefore({ server }: Snapshot, journalled: string | null): boolean | null {
  const status = journalled ?? server.status;
  if (status === "ACTIVE" || status === "SHUTOFF") return status === "ACTIVE";
  // Nova keeps the vm_state until the server has arrived, and the power state of before is the one that it restores.
  if (server.vmState === "active" || server.vmState === "stopped") return server.vmState === "active";
  return server.running ?? null;
}
