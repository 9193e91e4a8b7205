import { outcomeUnknown } from "./failure-reason.ts";
import { retryUnanswered } from "../cloud/retry.ts";
import type { JournalEntry } from "./journal.ts";
import type { Method } from "../cloud/cloud-api.ts";
import type { RunContext } from "./run-context.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { startOnce } from "./send-and-reconcile.ts";

/** What came of asking Nova for a move. */
export type MoveRequested =
  | { outcome: "started"; requestId: string | null; migration: MigrationEntry | null }
  /** Nova said no. `unpinned`: the server's pin was taken off for nothing. */
  | { outcome: "refused"; message: string; requestId: string | null; busy: boolean; unpinned: boolean };

/**
 * Writes the journal, unpins the server where the method says so, and sends the request, once.
 *
 * @throws OutcomeUnknown if Nova may have taken what it did not answer; the journal stays, and the next run sees.
 */
export async function requestMove(
  { cloud, clock, journal, interrupted }: RunContext,
  entry: JournalEntry,
  method: Method,
  newestBefore: number | null,
  cold = false,
): Promise<MoveRequested> {
  const { serverId, destination: host } = entry;
  await journal.write(entry);
  if (method.kind === "unpin") {
    const { outcome, message } = await retryUnanswered(clock, () => cloud.pin(serverId, null));
    if (outcome === "unanswered") throw outcomeUnknown(message);
    if (outcome === "declined") {
      return { outcome: "refused", message: `unpinning: ${message}`, requestId: null, busy: false, unpinned: false };
    }
  }
  const started = await startOnce(cloud, clock, { serverId, host, method, newestBefore, cold }, interrupted);
  if (started.outcome === "unknown") throw outcomeUnknown(started.reason);
  if (started.outcome === "refused") return { ...started, unpinned: true };
  await journal.write({ ...entry, requestId: started.requestId });
  return started;
}
