import type { Clock } from "./clock.ts";
import { CloudLost, type Edge, type StartAnswer } from "./edge.ts";
import { runsOn } from "./host-id.ts";
import type { Method } from "./method.ts";
import type { MigrationEntry } from "./snapshot.ts";

/** How long a cloud that is away is waited for after an answer was lost, in milliseconds. */
const UNKNOWN_PATIENCE = 60_000;
/** Nova saves the server's task before it answers: if it answers again, and shows none for so long, it never will. */
const SHOWS_WITHIN = 20_000;
const LOOK_EVERY = 1_000;

/** What the request led to, after its outcome is known. */
export type Started =
  | { outcome: "started"; requestId: string | null; migration: MigrationEntry | null }
  | { outcome: "refused"; busy: boolean; message: string; requestId: string | null }
  /** No answer, and nothing showed in Nova: it is not repeated here, the next run will see what came of it. */
  | { outcome: "unknown"; reason: string };

/**
 * Sends the request that starts a migration exactly once. An ambiguous answer is reconciled by looking: a task on the
 * server, or a record newer than `newestBefore`, means that it has begun. Nova accepts one at a time (409 for a
 * second), but a request repeated blindly after the first has *ended* would move the server twice.
 */
export async function startOnce(
  edge: Edge,
  clock: Clock,
  request: { serverId: string; host: string; method: Method; newestBefore: number | null },
  interrupted?: AbortSignal,
): Promise<Started> {
  const answer: StartAnswer = await edge.start(request.serverId, request.host, request.method);
  if (answer.outcome === "accepted") return { outcome: "started", requestId: answer.requestId, migration: null };
  if (answer.outcome === "refused") return answer;
  const until = clock.now() + UNKNOWN_PATIENCE;
  let answeringSince: number | null = null;
  while (clock.now() < until && clock.now() - (answeringSince ?? clock.now()) < SHOWS_WITHIN) {
    const begun = await looked(edge, request).catch((error: unknown) => {
      // What cut the answer off may well be an API that restarts.
      if (error instanceof CloudLost) return "away" as const;
      throw error;
    });
    if (begun === "away") answeringSince = null;
    else if (begun === undefined) answeringSince ??= clock.now();
    else return { outcome: "started", requestId: null, migration: begun };
    if (interrupted?.aborted) break;
    await clock.sleep(LOOK_EVERY, interrupted);
  }
  return answer;
}

/** The record of the migration that has begun, null if it shows on the server only; undefined: none has begun. */
async function looked(
  edge: Edge,
  { serverId, host, newestBefore }: { serverId: string; host: string; newestBefore: number | null },
): Promise<MigrationEntry | null | undefined> {
  const server = await edge.server(serverId);
  const newest = (await edge.migrations(serverId))?.[0];
  if (newest && newest.id > (newestBefore ?? 0)) return newest;
  // Gone is for the watch to tell; a quick move may be over already.
  if (server === "gone" || server.taskState === "migrating" || runsOn(server, host)) return null;
  return undefined;
}
