import type { Clock } from "../clock.ts";
import type { CloudApi, StartAnswer, Method } from "../cloud/cloud-api.ts";
import { CloudLost } from "../contract/failure.ts";
import { COLD_IN_FLIGHT, COLD_TYPE, isResizing } from "../cloud/cold-status.ts";
import { runsOn } from "../cloud/places.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";

/** How long a request whose answer was lost may take to show in Nova, in milliseconds. */
const UNKNOWN_PATIENCE = 60_000;
const LOOK_EVERY = 1_000;
/** So long Nova may keep the destination of what has begun to itself before it is taken for this run's. */
const UNNAMED_PATIENCE = 10_000;

/** What is asked for. `newestBefore`: id of the newest record of its kind before. */
export interface StartRequest {
  serverId: string;
  host: string;
  method: Method;
  newestBefore: number | null;
  /** A cold migration. */
  cold?: boolean;
}

/** What the request led to, after its outcome is known. */
export type Started =
  | { outcome: "started"; requestId: string | null; migration: MigrationEntry | null }
  | { outcome: "refused"; busy: boolean; message: string; requestId: string | null }
  /** No answer, and nothing showed in Nova: it is not repeated here, the next run will see what came of it. */
  | { outcome: "unknown"; reason: string };

/**
 * Sends the request that starts a migration exactly once. An ambiguous answer is reconciled by looking: a task on the
 * server, or a record newer than `newestBefore`, means that it has begun, unless it goes elsewhere: then another's was
 * faster. Nova accepts one at a time (409 for a second, or 500 if both came at once: seen on Zed), but a request repeated blindly after the first has *ended* would move the server twice.
 */
export async function startOnce(
  cloud: CloudApi,
  clock: Clock,
  request: StartRequest,
  interrupted?: AbortSignal,
): Promise<Started> {
  const { serverId, host, method } = request;
  const answer: StartAnswer = await (request.cold === true
    ? cloud.startCold(serverId, host)
    : cloud.start(serverId, host, method));
  if (answer.outcome === "accepted") return { outcome: "started", requestId: answer.requestId, migration: null };
  if (answer.outcome === "refused") return answer;
  const until = clock.now() + UNKNOWN_PATIENCE;
  let unnamedUntil = Infinity;
  while (clock.now() < until) {
    const seen = await findStarted(cloud, request).catch((error: unknown) => {
      // What cut the answer off may well be an API that restarts.
      if (error instanceof CloudLost) return null;
      throw error;
    });
    if (seen !== null) {
      if (seen.destination === "another") {
        const message = `someone else's migration of it has begun meanwhile (${answer.reason})`;
        return { outcome: "refused", busy: true, message, requestId: null };
      }
      if (seen.destination === "untold") unnamedUntil = Math.min(unnamedUntil, clock.now() + UNNAMED_PATIENCE);
      if (seen.destination === "wanted" || clock.now() >= unnamedUntil) {
        return { outcome: "started", requestId: null, migration: seen.migration };
      }
    }
    if (interrupted?.aborted) break;
    await clock.sleep(LOOK_EVERY, interrupted);
  }
  return answer;
}

/** How long Nova may take to list a migration that it has accepted, in milliseconds. */
const LISTED_PATIENCE = 30_000;
const LISTED_EVERY = 500;

/**
 * The migration that a request led to, as soon as Nova lists it: it answers a moment before. Null: it never does.
 *
 * @throws CloudLost
 */
export async function waitUntilListed(
  cloud: CloudApi,
  clock: Clock,
  serverId: string,
  newestBefore: number | null,
): Promise<MigrationEntry | null> {
  const until = clock.now() + LISTED_PATIENCE;
  for (;;) {
    const newest = (await cloud.migrations(serverId))?.[0];
    if (newest && newest.id > (newestBefore ?? 0)) return newest;
    if (clock.now() >= until) return null;
    await clock.sleep(LISTED_EVERY);
  }
}

/** What has begun since `newestBefore`, by this request or another's; null: nothing. */
type FoundStart = { destination: "wanted" | "another" | "untold"; migration: MigrationEntry | null } | null;

async function findStarted(
  cloud: CloudApi,
  { serverId, host, newestBefore, cold = false }: StartRequest,
): Promise<FoundStart> {
  const server = await cloud.server(serverId);
  const records = await (cold ? cloud.moves(serverId) : cloud.migrations(serverId));
  const inFlight = cold ? COLD_IN_FLIGHT : IN_FLIGHT;
  const newest = records?.[0];
  if (newest && newest.id > (newestBefore ?? 0)) {
    // Someone's resize, or live migration.
    if (cold && newest.type !== undefined && newest.type !== COLD_TYPE)
      return { destination: "another", migration: newest };
    if (newest.destCompute === host) return { destination: "wanted", migration: newest };
    if (newest.destCompute !== null) return { destination: "another", migration: newest };
    // A migration that the pre-check refused never shows its destination.
    return { destination: inFlight.has(newest.status) ? "untold" : "wanted", migration: newest };
  }
  // The watch reports a deleted server; a quick move may be over already.
  if (server === "gone" || runsOn(server, host)) return { destination: "wanted", migration: null };
  if (cold ? !isResizing(server) : server.taskState !== "migrating") return null;
  return { destination: records === null ? "wanted" : "untold", migration: null };
}
