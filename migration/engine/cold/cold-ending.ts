import type { MigrationEntry, ServerFacts, Snapshot } from "../../cloud/snapshot.ts";
import type { Check, MigrationRecord, Outcome } from "../../contract/record.ts";
import { isResizing, UNCONFIRMED } from "../../cloud/cold-status.ts";
import { localDisks } from "../../cloud/kind.ts";
import { isStale } from "../../cloud/migration-status.ts";
import { placeOf } from "../../cloud/places.ts";
import { describeWrong } from "../../verify/check.ts";
import { MIGRATION_ALLOCATIONS } from "../../verify/checks.ts";
import { concludeMove } from "../../verify/outcome.ts";
import type { ColdWatched } from "../../watch/cold-watch.ts";
import type { RecordInputs } from "../compose-record.ts";
import { serverGone, whyFailed } from "../failure-reason.ts";
import { asIfIdle, movedByOthers } from "../moves-by-others.ts";
import { pinMissing } from "../run-findings.ts";
import {
  begunByOthers,
  confirmedAlready,
  confirmedByOthers,
  destinationSilent,
  writesUndone,
} from "./cold-findings.ts";
import {
  coldAbandonedReason,
  coldErrorReason,
  confirmationHangs,
  confirmationLost,
  destinationDown,
  interruptedReason,
  NOT_RESERVED,
  notConfirmed,
  notTaken,
  REQUESTED,
} from "./cold-reasons.ts";
import type { ColdRun } from "./cold-run.ts";
import { sendDecision, waits, type Decision } from "./decision.ts";

/** How long a confirmation and a revert may take, in seconds: Nova has no deadline for either. */
const CONFIRM_SECONDS = 300;
const REVERT_SECONDS = 600;
/** More often than others interfere. */
const MOST_ROUNDS = 5;

/** Statuses of a record that has ended for good: what waits then is another one. */
const OVER = new Set(["confirmed", "reverted"]);

const hasDisks = (server: ServerFacts) => localDisks(server).some(({ gib }) => gib !== null);

/** Takes a cold migration from where watching has ended to its record: verifies, confirms, reverts. */
export class ColdEnding {
  readonly #run: ColdRun;
  readonly #decision: Decision;
  /** What Nova was asked for in this run. */
  #asked: "confirm" | "revert" | null = null;
  /** Why it is reverted. */
  #why: string | null = null;

  constructor(run: ColdRun, decision: Decision) {
    this.#run = run;
    this.#decision = decision;
  }

  async judge(first: ColdWatched): Promise<MigrationRecord> {
    let watched = first;
    for (let round = 1; ; round++) {
      const { end, migration } = watched;
      switch (end.state) {
        case "gone":
          throw serverGone(this.#run.serverId);
        case "arrived": {
          const next =
            round > MOST_ROUNDS ? await this.#open("others interfere with it") : await this.#arrived(migration);
          if (!("end" in next)) return next;
          watched = next;
          break;
        }
        case "confirmed":
          return await this.#confirmed(migration);
        case "reverted":
          return await this.reverted(migration);
        case "failed":
          return await this.#failed(migration, end.status, end.onDestination);
        case "error":
          return await this.#attention(migration, coldErrorReason(migration, await this.#nova(migration)));
        case "stuck":
          if (OVER.has(end.status)) return await this.#overtaken(migration);
          return await this.#attention(migration, `its record stays ${end.status} while the server is idle`);
        case "abandoned":
        case "timeout":
        case "interrupted":
          return await this.#notEnded(watched);
      }
    }
  }

  /** It waits to be confirmed: nothing is decided before it is verified. */
  async #arrived(migration: MigrationEntry | null): Promise<MigrationRecord | ColdWatched> {
    const run = this.#run;
    if (migration === null) return await this.#open("its record is not visible");
    if (this.#decision === "revert")
      return await this.#revert(migration, await run.look(), run.facts(migration), REQUESTED);
    const { checks, snapshot } = await run.verifyUnconfirmed(migration);
    const { status, taskState } = snapshot.server;
    // Someone else has decided meanwhile.
    if (status !== UNCONFIRMED || taskState !== null) return await this.#watch(migration, CONFIRM_SECONDS, false);
    const all = [...checks, ...(await run.guestOnce(migration))];
    const open = { ...run.facts(migration), checks: all, confirmation: "open" } as const;
    const proof = concludeMove({ completed: true, onDestination: true }, all, run.checkable);
    if (proof === "needs-attention") {
      const failed = all.filter(({ outcome }) => outcome === "failed");
      if (failed.some(({ check }) => check === MIGRATION_ALLOCATIONS))
        return run.record("needs-attention", snapshot, { ...open, reason: NOT_RESERVED });
      const wrong = failed.map(describeWrong);
      // How long its guest has written by now, and what, nobody knows but its owner.
      const undone = run.adopted ? run.writesUndone() : null;
      if (this.#decision === "confirm-or-revert" && undone === null) {
        return await this.#revert(migration, snapshot, open, wrong.join("; "));
      }
      return run.record("needs-attention", snapshot, { ...open, reason: notConfirmed(undone) });
    }
    if (proof === "still-running") return run.record("still-running", snapshot, open);
    return this.#decision === "keep"
      ? run.record("migrated", snapshot, open)
      : await this.#confirm(migration, snapshot, open);
  }

  async #confirm(migration: MigrationEntry, snapshot: Snapshot, open: Partial<RecordInputs>) {
    const run = this.#run;
    const stay = (reason: string) => run.record("still-running", snapshot, { ...open, checks: [], reason });
    if (run.context.interrupted.aborted) return stay("the run was interrupted before it was confirmed");
    const down = await run.down(migration.sourceCompute, run.destination);
    const silent = down.includes(run.destination);
    // What the source holds is all that is left of local disks if the destination is lost.
    if (silent && hasDisks(run.snapshot.server)) return stay(destinationDown(run.destination));
    const source = down.filter((host) => host !== run.destination);
    if (source.length > 0) return stay(confirmationHangs(source, false));
    if (silent) run.account.warn(destinationSilent(run.destination));
    run.account.step(`confirming the cold migration of ${run.name}`);
    return await this.#ask("confirm", migration, CONFIRM_SECONDS, stay);
  }

  async #revert(migration: MigrationEntry, snapshot: Snapshot, open: Partial<RecordInputs>, why: string) {
    const run = this.#run;
    const requested = why === REQUESTED;
    const outcome = requested ? "still-running" : "needs-attention";
    const stay = (reason: string) =>
      run.record(outcome, snapshot, {
        ...open,
        confirmation: "open",
        ...(requested && { checks: [] }),
        reason: `it was not reverted: ${reason}`,
      });
    if (run.context.interrupted.aborted) return stay("the run was interrupted before");
    // The destination gives it up first.
    const down = await run.down(migration.sourceCompute, run.destination);
    if (down.length > 0)
      return stay(`nova-compute on ${down.join(" and ")} is down, and without it nothing takes the server back`);
    const undone = run.writesUndone();
    if (undone !== null) run.account.warn(writesUndone(migration, undone));
    this.#why = why;
    run.account.step(`reverting the cold migration of ${run.name}: ${why}`);
    return await this.#ask("revert", migration, REVERT_SECONDS, stay);
  }

  /** Sends it, and watches what comes of it. @param stay makes the record if Nova did nothing */
  async #ask(
    what: "confirm" | "revert",
    migration: MigrationEntry,
    seconds: number,
    stay: (reason: string) => MigrationRecord,
  ) {
    // Much may have happened since it was verified.
    if (!(await waits(this.#run, migration))) return await this.#watch(migration, CONFIRM_SECONDS, false);
    await this.#run.decide(what);
    this.#asked = what;
    const answer = await sendDecision(this.#run, what, migration);
    const watched = await this.#watch(migration, seconds, answer.outcome === "accepted");
    return watched.end.state === "arrived" ? stay(notTaken(what, answer)) : watched;
  }

  #watch({ id }: MigrationEntry, timeoutSeconds: number, decided: boolean): Promise<ColdWatched> {
    return this.#run.watch({ migrationId: id, timeoutSeconds, decided });
  }

  /** It was confirmed, by this run or another: verified once more, now that nothing is held for it. */
  async #confirmed(migration: MigrationEntry | null): Promise<MigrationRecord> {
    const run = this.#run;
    const mine = this.#asked === "confirm" || run.journalled?.decision === "confirm";
    const begun = run.plan.action === "adopt" && run.plan.migration.status === "confirming";
    const toRevert = this.#decision === "revert" && migration;
    if (toRevert) run.account.findings.push(confirmedAlready(toRevert, run.serverId));
    else if (migration && !mine && !(begun && run.journalled === null)) run.account.warn(confirmedByOthers(migration));
    const { checks, snapshot } = await run.verifyEnded(run.destination, migration);
    const all = [...checks, ...(await run.guestOnce(migration))];
    const conclude = (made: readonly Check[]) =>
      concludeMove({ completed: true, onDestination: true }, made, run.checkable);
    let outcome = conclude(all);
    const facts = { ...run.facts(migration), confirmation: "confirmed" } as const;
    if (outcome === "needs-attention") {
      const others = await this.#movedOn(snapshot, run.destination);
      if (others) return run.record("still-running", others, facts);
      // Someone restarts the server while it is verified.
      if (conclude(asIfIdle(all, snapshot)) !== "needs-attention") outcome = "still-running";
    }
    const ended = toRevert && outcome === "migrated" ? "refused" : outcome;
    return await this.#ended(ended, snapshot, { ...facts, checks: all });
  }

  /** It has ended, and Nova is at something else since: someone has begun another one, or a reboot. */
  async #overtaken(migration: MigrationEntry | null): Promise<MigrationRecord> {
    const run = this.#run;
    const snapshot = await run.look();
    const { server, moves } = snapshot;
    const confirmation = migration?.status === "reverted" ? "reverted" : "confirmed";
    const open = { ...run.facts(migration), confirmation } as const;
    if (!isResizing(server)) {
      const reason = `it is ${confirmation}, and not verified yet: Nova works on the server (${server.taskState ?? server.status})`;
      return run.record("still-running", snapshot, { ...open, reason });
    }
    const newest = moves?.known === true ? moves.value[0] : undefined;
    if (newest !== undefined && newest.id === migration?.id)
      return await this.#attention(migration, `its record stays ${newest.status} while the server is ${server.status}`);
    run.account.findings.push(begunByOthers(newest));
    return run.record("still-running", snapshot, open);
  }

  /** Everything as last seen, if someone else has moved the server on, and it is whole there. */
  async #movedOn(snapshot: Snapshot, ...expected: (string | null)[]): Promise<Snapshot | null> {
    const run = this.#run;
    const { migrations } = run.snapshot;
    const after = migrations.known ? (migrations.value[0]?.id ?? null) : null;
    const others = await movedByOthers(
      { after, expected, snapshot },
      (host) => run.verifyEnded(host, null),
      () => run.checkable,
    );
    if (others) run.account.findings.push(others.found);
    return others?.snapshot ?? null;
  }

  /** The server is back: after a failed check, on request, or because someone else reverted it. */
  async reverted(migration: MigrationEntry | null): Promise<MigrationRecord> {
    const earlier =
      this.#run.journalled?.decision === "revert"
        ? "a check had failed in the run that reverted it, or a person had asked for it"
        : null;
    const why = this.#why ?? earlier ?? "by someone else";
    const reason =
      this.#why === null || why === REQUESTED ? why : `its checks on ${this.#run.destination} failed: ${why}`;
    return await this.#onSource(migration, { reason, confirmation: "reverted" });
  }

  async #failed(migration: MigrationEntry | null, status: string, onDestination: boolean): Promise<MigrationRecord> {
    const reason = await this.#nova(migration, status);
    if (!onDestination) return await this.#onSource(migration, { reason });
    return await this.#attention(
      migration,
      reason ?? `its record is ${status}, and the server is on ${this.#run.destination}`,
    );
  }

  /** Not moved: verified where it was. */
  async #onSource(migration: MigrationEntry | null, found: Partial<RecordInputs>): Promise<MigrationRecord> {
    const run = this.#run;
    const source = migration?.sourceCompute ?? run.account.source;
    const { checks, snapshot } = await run.verifyEnded(source, migration);
    const all = [...checks, ...(await run.guestAfter(migration))];
    const conclude = (made: readonly Check[]) =>
      concludeMove({ completed: false, onDestination: false }, made, run.checkable);
    const outcome = conclude(all);
    const others = outcome === "needs-attention" ? await this.#movedOn(snapshot, source, run.destination) : null;
    if (others) return run.record("still-running", others, { ...run.facts(migration), ...found });
    const busy = outcome === "needs-attention" && conclude(asIfIdle(all, snapshot)) !== "needs-attention";
    const facts = { ...run.facts(migration), ...found, checks: all };
    // Where that was requested, it has moved: the other way.
    if (outcome === "failed" && found.confirmation === "reverted" && this.#decision === "revert") {
      const [from, to] = [placeOf(run.destination, snapshot), placeOf(source, snapshot)];
      return await this.#ended("migrated", snapshot, { ...facts, source: from, destination: to });
    }
    return await this.#ended(busy ? "still-running" : outcome, snapshot, facts);
  }

  async #ended(outcome: Outcome, snapshot: Snapshot, found: Partial<RecordInputs>): Promise<MigrationRecord> {
    if (outcome !== "needs-attention") await this.#run.settled(snapshot, outcome);
    else this.#tellPin();
    return this.#run.record(outcome, snapshot, found);
  }

  /** A human must look, and what was unpinned stays so until then. */
  #tellPin(): void {
    const zone = this.#run.journalled?.unpinnedFrom ?? null;
    if (zone !== null) this.#run.account.warn(pinMissing(zone));
  }

  /** Watching has ended before the migration. */
  async #notEnded({ end, migration }: ColdWatched): Promise<MigrationRecord> {
    const run = this.#run;
    const facts = run.facts(migration);
    const snapshot = await run.look();
    if (end.state === "interrupted") return await this.#open(interruptedReason(this.#asked), migration);
    if (migration?.status === "confirmed") return await this.#overtaken(migration);
    const down = end.state === "abandoned" ? end.down : await run.down(facts.source?.host ?? null, run.destination);
    if (this.#asked === "confirm" || migration?.status === "confirming") {
      if (down.length > 0) return await this.#open(confirmationHangs(down, true), migration);
      if (this.#asked === null && migration && isStale(migration, run.context.clock.now()))
        return await this.#attention(migration, confirmationLost(migration));
      const since = this.#asked === null ? "yet" : `in ${CONFIRM_SECONDS} s`;
      return await this.#open(`Nova has not confirmed it ${since}`, migration);
    }
    if (this.#asked === "revert") {
      const where =
        down.length > 0 ? `nova-compute on ${down.join(" and ")} is down` : `it has not ended in ${REVERT_SECONDS} s`;
      const reason = `its revert was requested (${this.#why ?? ""}), and ${where}`;
      return run.record(this.#why === REQUESTED ? "still-running" : "needs-attention", snapshot, { ...facts, reason });
    }
    if (end.state === "abandoned" && migration) {
      return run.record("needs-attention", snapshot, {
        ...facts,
        reason: coldAbandonedReason(migration, end.down, run.destination),
      });
    }
    return await this.#open("it did not end in time", migration);
  }

  /** Nothing is wrong, and nothing is decided: the next run goes on with it. */
  async #open(reason: string, migration: MigrationEntry | null = null): Promise<MigrationRecord> {
    const snapshot = await this.#run.look();
    const waits = snapshot.server.status === UNCONFIRMED && snapshot.server.taskState === null;
    return this.#run.record("still-running", snapshot, {
      ...this.#run.facts(migration),
      ...(waits && { confirmation: "open" }),
      reason,
    });
  }

  async #attention(migration: MigrationEntry | null, reason: string): Promise<MigrationRecord> {
    this.#tellPin();
    return this.#run.record("needs-attention", await this.#run.look(), { ...this.#run.facts(migration), reason });
  }

  /** Nova's own reason. */
  #nova(migration: MigrationEntry | null, status: string | null = migration?.status ?? null): Promise<string | null> {
    const { snapshot, requestId, destination: host, context, request } = this.#run;
    return whyFailed(context.cloud, request, { server: snapshot.server, requestId, host, status, action: "migrate" });
  }
}
