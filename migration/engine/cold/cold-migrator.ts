import type { MigrationEntry, Snapshot } from "../../cloud/snapshot.ts";
import type { MigrationRecord } from "../../contract/record.ts";
import type { MigrationRequest } from "../../contract/request.ts";
import { newestCold } from "../../cloud/cold-status.ts";
import type { GuestMonitor } from "../../guest/guest-monitor.ts";
import { coldTimeoutSeconds } from "../../plan/deadline.ts";
import type { JournalEntry } from "../journal.ts";
import { final, type CarriedOut } from "../carried-out.ts";
import { requestMove } from "../request-move.ts";
import type { RunContext } from "../run-context.ts";
import { guestSilent, interruptedBefore, novaRefused } from "../run-findings.ts";
import { ColdEnding } from "./cold-ending.ts";
import type { Decision } from "./decision.ts";
import { begunElsewhere, revertedByOthers } from "./cold-findings.ts";
import { ColdRun, type ColdPlan } from "./cold-run.ts";

/** Carries out one cold migration: begins or adopts it, watches, verifies, and only then confirms or reverts it. */
export async function migrateCold(
  request: MigrationRequest,
  context: RunContext,
  before: Snapshot,
  decided: ColdPlan,
  startedAt: number,
  decision: Decision = request.keepUnconfirmed === true ? "keep" : "confirm-or-revert",
): Promise<CarriedOut> {
  const journalled = await context.journal.read(before.server.id);
  const run = new ColdRun(request, context, before, decided, startedAt, journalled);
  await using guest = run.guest;
  context.coldBegins?.();
  const ending = new ColdEnding(run, decision);
  const undone = decided.action === "migrate" ? revertedSince(run) : null;
  if (undone) return final(await alreadyReverted(run, ending, undone));
  if (decided.action === "adopt") {
    run.account.step(`a cold migration to ${run.destination} is under way already: watching it`);
    const byPerson = decision === "confirm" || decision === "revert";
    if (!byPerson && run.journalled?.cold === undefined) run.account.warn(begunElsewhere(decided.migration));
  } else {
    const { why } = decided.destination;
    run.account.step(
      `moving ${run.name} cold from ${run.account.source ?? "its host"} to ${run.destination}${why === null ? "" : `, ${why}`}`,
    );
  }
  await run.guestBefore();
  const newestBefore = before.moves?.known ? (before.moves.value[0]?.id ?? null) : null;
  let migration = decided.action === "adopt" ? decided.migration : null;
  if (decided.action === "migrate") {
    const begun = await begin(run, guest, decided.method, newestBefore);
    if ("record" in begun) return begun;
    ({ migration } = begun);
  }
  const watched = await run.watch({
    migrationId: migration?.id ?? null,
    newestBefore,
    timeoutSeconds:
      decided.action === "migrate"
        ? decided.timeoutSeconds
        : (request.timeoutSeconds ?? coldTimeoutSeconds(before.server)),
  });
  return final(await ending.judge(watched));
}

/** Asks the guest, and Nova for the move. */
async function begin(
  run: ColdRun,
  guest: GuestMonitor,
  method: Extract<ColdPlan, { action: "migrate" }>["method"],
  newestBefore: number | null,
): Promise<CarriedOut | { migration: MigrationEntry | null }> {
  const { context, account, snapshot } = run;
  const { facts } = guest;
  if (run.request.guest && !facts.ok && snapshot.server.status === "ACTIVE") account.warn(guestSilent(facts.reason));
  await guest.probe();
  const entry: JournalEntry = {
    serverId: run.serverId,
    source: account.source,
    destination: run.destination,
    unpinnedFrom: method.kind === "unpin" ? method.from : (run.journalled?.unpinnedFrom ?? null),
    intendedAt: new Date(context.clock.now()).toISOString(),
    requestId: null,
    guestBefore: facts.ok ? facts.facts : null,
    cold: { statusBefore: snapshot.server.status, newestBefore },
  };
  if (context.interrupted.aborted) {
    account.findings.push(interruptedBefore());
    return final(run.record("refused", snapshot, {}));
  }
  const begun = await requestMove(context, entry, method, newestBefore, true);
  run.journalled = { ...entry, requestId: begun.requestId };
  run.requestId = begun.requestId;
  if (begun.outcome === "started") return { migration: begun.migration };
  const unpinned = { ...snapshot.server, pin: { known: true, zone: null } as const };
  const left = entry.unpinnedFrom === null ? snapshot : { ...snapshot, server: unpinned };
  // Where it could not be unpinned, the journal stays: if it was all the same, the next run knows.
  if (begun.unpinned) await run.settled(left, "refused");
  account.findings.push(novaRefused(begun.message));
  return { ...final(run.record("refused", snapshot, { requestId: begun.requestId })), busy: begun.busy };
}

/** The cold migration that an earlier run began and did not live to end, if it was reverted since. */
function revertedSince({ journalled, snapshot, destination }: ColdRun): MigrationEntry | null {
  const newest = newestCold(snapshot);
  if (journalled?.cold === undefined || newest?.status !== "reverted" || newest.destCompute !== destination)
    return null;
  return newest.id > (journalled.cold.newestBefore ?? 0) ? newest : null;
}

async function alreadyReverted(run: ColdRun, ending: ColdEnding, migration: MigrationEntry): Promise<MigrationRecord> {
  if (run.journalled?.decision === "revert") return await ending.reverted(migration);
  run.account.findings.push(revertedByOthers(migration));
  await run.settled(run.snapshot, "refused");
  return run.record("refused", run.snapshot, {});
}
