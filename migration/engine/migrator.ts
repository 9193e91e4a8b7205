import { final, type CarriedOut } from "./carried-out.ts";
import { Account } from "./run-account.ts";
import { requestMove } from "./request-move.ts";
import { concludeMove, concludeUnmoved } from "../verify/outcome.ts";
import { defaultTimeoutSeconds } from "../plan/deadline.ts";
import { NotFound } from "../contract/failure.ts";
import {
  aftermath,
  ageOf,
  COMPLETED,
  lastOf,
  othersAfter,
  serverGone,
  silentReason,
  stuckReason,
  whyFailed,
} from "./failure-reason.ts";
import { isUnclean, serverBusy } from "../plan/finding.ts";
import { guestSilent, interruptedBefore, novaRefused, pinMissing, pinOpen } from "./run-findings.ts";
import { afterEarlier, finishedEarlier } from "./finished-earlier.ts";
import { GuestMonitor } from "../guest/guest-monitor.ts";
import type { JournalEntry } from "./journal.ts";
import { asIfIdle, isOnlyBusy, movedByOthers } from "./moves-by-others.ts";
import { placed } from "./phases.ts";
import { restorePin } from "./restore-pin.ts";
import type { Plan } from "../plan/plan.ts";
import { currentPlace, placeOf } from "../cloud/places.ts";
import type { Check, MigrationRecord, Outcome } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { RunContext } from "./run-context.ts";
import type { MigrationEntry, Snapshot } from "../cloud/snapshot.ts";
import { silentHosts } from "../cloud/silent-compute.ts";
import { waitUntilListed } from "./send-and-reconcile.ts";
import { isMovingCold } from "../cloud/cold-status.ts";
import { isStale } from "../cloud/migration-status.ts";
import { Verification, type Judged } from "../verify/verification.ts";
import { Watch, type Watched } from "../watch/watch.ts";

/** Carries out one plan. */
export class Migrator {
  readonly #request: MigrationRequest;
  readonly #context: RunContext;
  readonly #before: Snapshot;
  readonly #plan: Plan;
  readonly #account: Account;
  readonly #verification: Verification;

  constructor(request: MigrationRequest, context: RunContext, before: Snapshot, decided: Plan, startedAt: number) {
    this.#request = request;
    this.#context = context;
    this.#before = before;
    this.#plan = decided;
    this.#account = new Account(request, context, before, decided, startedAt);
    this.#verification = new Verification(before, request.volumeIds ?? [], context);
  }

  /** Someone moves it: nothing can be verified yet, or ever, where nobody is left to end it. */
  stillMoving(reason: string): MigrationRecord {
    return this.#account.abandonedBefore() ?? this.#account.record("still-running", this.#before, { reason });
  }

  async carryOut(): Promise<CarriedOut> {
    const journalled = await this.#context.journal.read(this.#serverId);
    switch (this.#plan.action) {
      case "refuse":
      case "look-again":
        return final(await this.#refused(journalled));
      case "nothing":
        return await this.#there(journalled);
      case "adopt":
        this.#account.step(`a live migration to ${this.#account.destination} is under way already: watching it`);
        return await this.#move(journalled, this.#plan.migration);
      case "migrate": {
        const { source, destination } = this.#account;
        const { why } = this.#plan.destination;
        const reason = why === null ? "" : `, ${why}`;
        this.#account.step(`moving ${this.#name} from ${source ?? "its host"} to ${destination}${reason}`);
        return await this.#move(journalled, null);
      }
    }
  }

  get #serverId(): string {
    return this.#before.server.id;
  }

  get #name(): string {
    return this.#before.server.name;
  }

  get #newestBefore(): number | null {
    return othersAfter(null, this.#before)?.id ?? null;
  }

  async #refused(journalled: JournalEntry | null): Promise<MigrationRecord> {
    // An earlier run was killed between unpinning and moving: nothing will be moved now.
    if (this.#plan.action === "refuse" && this.#before.server.taskState === null) {
      await this.#pinAgain(this.#before, journalled?.unpinnedFrom ?? null);
    } else if (journalled?.unpinnedFrom) {
      this.#account.warn(pinOpen(journalled.unpinnedFrom));
    }
    // An unclean earlier migration is not for a retry with other input, but for a person.
    const human = this.#before.server.status === "ERROR" || isUnclean(this.#account.findings);
    if (human) return this.#account.record("needs-attention", this.#before, {});
    return this.#account.abandonedBefore() ?? this.#account.record("refused", this.#before, {});
  }

  /** Nothing to move: verify, and say so if an earlier run began the move that brought it here. */
  async #there(journalled: JournalEntry | null): Promise<CarriedOut> {
    await using guestMonitor = new GuestMonitor(this.#request.guest, this.#before.server, this.#context.clock);
    const finished = finishedEarlier(this.#before, this.#account.destination, journalled, this.#context.previous);
    guestMonitor.withoutBefore({ reason: "nothing was moved in this run" }, journalled?.guestBefore ?? null);
    const { judged, found } = afterEarlier(finished, journalled);
    if (found) this.#account.warn(found);
    const { checks, snapshot } = await this.#verify(this.#account.destination, finished, judged);
    const guestResult = await guestMonitor.after(ageOf(finished, this.#context.clock.now(), false));
    const all = [...checks, ...guestResult.checks];
    const there = concludeUnmoved(all, this.#verification.checkable);
    const outcome = there !== "already-there" ? there : this.#account.home ? "away" : finished ? "migrated" : there;
    if (outcome !== "needs-attention") {
      await this.#settled(snapshot, journalled?.unpinnedFrom ?? null, outcome);
    } else {
      const { taskState } = snapshot.server;
      // What it asks for is judged anew: it may be where the other migration goes.
      if (taskState === "migrating") return { ...final(this.stillMoving("a live migration is under way")), busy: true };
      if (isMovingCold(snapshot.server))
        return { ...final(this.stillMoving("a cold migration or a resize is under way")), busy: true };
      const busy = taskState !== null && isOnlyBusy(checks, snapshot);
      if (busy) this.#account.findings.push(serverBusy(taskState));
      const { source } = this.#account;
      const seen = busy ? snapshot : await this.#movedByOthers(this.#newestBefore, [source], snapshot, "nothing");
      if (seen) return final(this.#account.record("refused", seen, {}));
    }
    const record = this.#account.record(outcome, snapshot, {
      ...guestResult,
      checks: all,
      adopted: finished !== null,
      migration: finished,
      source: finished ? placeOf(finished.sourceCompute, snapshot) : currentPlace(snapshot),
    });
    return final(record);
  }

  /** Everything as last seen, if someone else has moved the server since the migration `after`; null: nobody has. */
  async #movedByOthers(
    after: number | null,
    expected: readonly (string | null)[],
    snapshot: Snapshot,
    judged: Judged,
  ): Promise<Snapshot | null> {
    const others = await movedByOthers(
      { after, expected, snapshot },
      (host, other) => this.#verify(host, other, judged),
      () => this.#verification.checkable,
    );
    if (others) this.#account.findings.push(others.found);
    return others?.snapshot ?? null;
  }

  async #move(journalled: JournalEntry | null, adopted: MigrationEntry | null): Promise<CarriedOut> {
    const { clock, cloud, progress, interrupted } = this.#context;
    await using guestMonitor = new GuestMonitor(this.#request.guest, this.#before.server, clock);
    const mine = journalled?.destination === this.#account.destination ? journalled : null;
    const remembered = adopted === null ? null : (mine?.guestBefore ?? null);
    const patience = adopted ? 0 : (this.#request.guest?.waitSeconds ?? 0);
    const before = await guestMonitor.before(patience, remembered, interrupted);
    if (this.#request.guest && !before.ok) {
      this.#account.warn(guestSilent(before.reason));
    }
    await guestMonitor.probe();
    const newestBefore = this.#newestBefore;
    let requestId: string | null = null;
    let migration = adopted;
    let unpinnedFrom = journalled?.unpinnedFrom ?? null;

    if (this.#plan.action === "migrate") {
      const { method } = this.#plan;
      if (method.kind === "unpin") unpinnedFrom = method.from;
      const entry: JournalEntry = {
        serverId: this.#serverId,
        source: this.#account.source,
        destination: this.#account.destination,
        unpinnedFrom,
        intendedAt: new Date(clock.now()).toISOString(),
        requestId: null,
        guestBefore: before.ok ? before.facts : null,
      };
      if (interrupted.aborted) {
        this.#account.findings.push(interruptedBefore());
        return final(await this.#refused(journalled));
      }
      const begun = await requestMove(this.#context, entry, method, newestBefore);
      if (begun.outcome === "refused") {
        const server = { ...this.#before.server, pin: { known: true, zone: null } as const };
        const left = unpinnedFrom === null ? this.#before : { ...this.#before, server };
        // Where it could not be unpinned, the journal stays: if it was all the same, the next run knows.
        // Nor is it pinned while someone else moves it: Nova would take the zone that it is about to leave.
        if (begun.unpinned && !begun.busy) await this.#settled(left, unpinnedFrom, "refused");
        this.#account.findings.push(novaRefused(begun.message));
        const record = this.#account.record("refused", this.#before, { requestId: begun.requestId });
        return { ...final(record), busy: begun.busy };
      }
      ({ requestId, migration } = begun);
    }

    const began = this.#account.elapsed();
    const watched = await new Watch(
      cloud,
      clock,
      {
        serverId: this.#serverId,
        destination: this.#account.destination,
        migrationId: migration?.id ?? null,
        newestBefore,
        timeoutSeconds:
          this.#plan.action === "migrate"
            ? this.#plan.timeoutSeconds
            : (this.#request.timeoutSeconds ?? defaultTimeoutSeconds(this.#before.server)),
        stallSeconds: this.#request.stallSeconds,
        onTimeout: this.#request.onTimeout,
        interrupted,
      },
      progress,
    ).run();
    this.#account.watching += watched.requests;
    this.#account.phases.push(...placed(watched.phases, began));
    const known = { requestId, adopted: adopted !== null, unpinnedFrom, begun: migration, newestBefore };
    return await this.#judge(watched, guestMonitor, known);
  }

  /** The migration has ended, or watching has. */
  async #judge(
    watched: Watched,
    guestMonitor: GuestMonitor,
    known: {
      requestId: string | null;
      adopted: boolean;
      unpinnedFrom: string | null;
      /** As it was known before it was watched. */
      begun: MigrationEntry | null;
      newestBefore: number | null;
    },
  ): Promise<CarriedOut> {
    const { end, migration, memoryTotalBytes } = watched;
    const { requestId, adopted, unpinnedFrom } = known;
    const facts = { requestId, migration, memoryTotalBytes, adopted, source: this.#account.sourcePlace(migration) };
    const asked = watched.interventions.join("; ");
    if (end.state === "timeout" || end.state === "interrupted") {
      const { cloud, clock, abortAsked } = this.#context;
      const silent =
        end.state === "timeout" ? await silentHosts(cloud, [facts.source.host, this.#account.destination]) : [];
      if (silent.length > 0 && migration && isStale(migration, clock.now())) {
        return final(this.#account.abandoned(migration, await this.#look(), { ...facts, reason: asked }));
      }
      const stopped =
        end.state === "timeout" ? [end.why, silent.length > 0 && silentReason(silent)] : ["watching was interrupted"];
      const reason = [...stopped, asked].filter(Boolean).join("; ");
      const abort = end.state === "interrupted" && (await abortAsked());
      const begun = migration ?? known.begun;
      return {
        record: this.#account.record("still-running", this.#before, { ...facts, reason }),
        abort: abort ? (begun ?? (await waitUntilListed(cloud, clock, this.#serverId, known.newestBefore))) : null,
      };
    }
    if (end.state === "gone") throw serverGone(this.#serverId);
    if (end.state === "abandoned") {
      return final(this.#account.abandoned(end.migration, await this.#look(), { ...facts, reason: asked }));
    }
    const judged = adopted ? "adopted" : "moved";
    if (end.state === "overtaken" && migration) {
      const seen = await this.#movedByOthers(migration.id, [null], await this.#look(), judged);
      if (seen) return final(this.#account.record("still-running", seen, facts));
    }

    const completed = end.state !== "stuck" && end.status === "completed";
    const place = completed || end.onDestination ? this.#account.destination : facts.source.host;
    const { checks, snapshot } = await this.#verify(place, migration, judged, watched);
    const guestResult = await guestMonitor.after(ageOf(migration, this.#context.clock.now(), true));
    const all = [...(completed ? [COMPLETED] : []), ...checks, ...guestResult.checks];
    // `error` becomes `failed` a moment after the task is cleared.
    const last = lastOf(migration, snapshot);
    const contradicted = last !== null && (last.status === "completed") !== completed;
    const { onDestination } = end;
    const conclude = (made: readonly Check[]) =>
      end.state === "stuck" || contradicted
        ? "needs-attention"
        : concludeMove({ completed, onDestination }, made, this.#verification.checkable);
    let outcome = conclude(all);
    if (outcome === "needs-attention" && end.state !== "stuck") {
      const expected = completed ? [this.#account.destination] : [facts.source.host, this.#account.destination];
      const seen = await this.#movedByOthers(last?.id ?? known.newestBefore, expected, snapshot, judged);
      if (seen)
        return final(this.#account.record("still-running", seen, { ...facts, ...guestResult, migration: last }));
      // Someone restarts the server while it is verified.
      if (conclude(asIfIdle(all, snapshot)) !== "needs-attention") outcome = "still-running";
    }
    const host = this.#account.destination;
    const failed = { server: snapshot.server, requestId, host, status: last?.status ?? null };
    const moved = completed && outcome !== "needs-attention";
    const nova = moved ? null : await whyFailed(this.#context.cloud, this.#request, failed);
    const others = moved ? null : aftermath(last, snapshot);
    if (outcome !== "needs-attention") await this.#settled(snapshot, unpinnedFrom, outcome);
    else if (unpinnedFrom !== null) this.#account.warn(pinMissing(unpinnedFrom));
    const reason = [end.state === "stuck" ? stuckReason(last) : nova, asked, others].filter(Boolean).join("; ") || null;
    return final(
      this.#account.record(outcome, snapshot, { ...facts, ...guestResult, migration: last, checks: all, reason }),
    );
  }

  /** A new snapshot. */
  #look(): Promise<Snapshot> {
    return this.#context.cloud.snapshot(this.#serverId, { purpose: "verify", migrationUuid: null });
  }

  /**
   * Nothing is wrong: restores the pin, if there was one, and deletes the journal entry. That is kept if the pin is open, or
   * the verification: the next run knows by it that it finishes this one.
   */
  async #settled(snapshot: Snapshot, unpinnedFrom: string | null, outcome: Outcome): Promise<void> {
    const pinned = await this.#pinAgain(snapshot, unpinnedFrom);
    if (pinned && outcome !== "still-running") await this.#context.journal.remove(this.#serverId);
  }

  /** Whether there is nothing left to pin. */
  async #pinAgain(snapshot: Snapshot, unpinnedFrom: string | null): Promise<boolean> {
    const declined = await restorePin(this.#context.cloud, this.#context.clock, snapshot, unpinnedFrom);
    if (declined) this.#account.warn(declined);
    return declined === null;
  }

  /** @param watched whose last look the verification begins with */
  async #verify(host: string | null, migration: MigrationEntry | null, judged: Judged, watched?: Watched) {
    this.#account.step(`verifying ${this.#name} on ${host ?? "its host"}`);
    const began = this.#account.elapsed();
    try {
      const settled = await this.#verification.settle(host, migration, judged, watched?.snapshot ?? null);
      this.#account.watching += settled.waiting;
      return settled;
    } catch (error) {
      throw error instanceof NotFound ? serverGone(this.#serverId, error) : error;
    } finally {
      this.#account.phases.push({ phase: "verify", seconds: this.#account.elapsed() - began, startSeconds: began });
    }
  }
}
