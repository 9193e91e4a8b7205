import type { Clock } from "../clock.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { retryUnanswered, type RetriedAnswer } from "../cloud/retry.ts";
import type { TimeoutPolicy } from "../contract/settings.ts";
import type { Progress } from "../progress.ts";
import type { MigrationEntry } from "../cloud/snapshot.ts";
import { IN_FLIGHT } from "../cloud/migration-status.ts";

export type Intervention = Exclude<TimeoutPolicy, "fail">;

/** Short statuses; in the next one Nova accepts an intervention. */
const SOON = new Set(["accepted", "preparing", "pre-migrating"]);
/** How long that moment may take, in milliseconds. */
const SOON_PATIENCE = 30_000;

/** What Nova has answered at last. */
export interface Intervened extends RetriedAnswer {
  /** As it was seen last. */
  migration: MigrationEntry;
  /**
   * It has ended, or is about to (the server has no task), or another has begun: its end can be
   * verified, whatever Nova answered.
   */
  over: boolean;
}

/** Asks Nova to abort a migration, or to complete it at any price; again while it goes unanswered. */
export function requestIntervention(
  edge: CloudApi,
  clock: Clock,
  intervention: Intervention,
  serverId: string,
  id: number,
) {
  return retryUnanswered(clock, () =>
    intervention === "abort" ? edge.abort(serverId, id) : edge.forceComplete(serverId, id),
  );
}

/** {@link requestIntervention}s, and again while the migration is in a status in which Nova takes neither yet. Tells each answer. */
export async function intervene(
  intervention: Intervention,
  serverId: string,
  migration: MigrationEntry,
  { cloud, clock, progress }: { cloud: CloudApi; clock: Clock; progress: Progress },
): Promise<Intervened> {
  const { id } = migration;
  const until = clock.now() + SOON_PATIENCE;
  for (let last = migration; ;) {
    const answer = await requestIntervention(cloud, clock, intervention, serverId, id);
    progress({ kind: "step", text: `${intervention} of migration ${id}: ${answer.message}` });
    if (answer.outcome === "accepted") return { ...answer, migration: last, over: false };
    const [records, server] = await Promise.all([cloud.migrations(serverId), cloud.server(serverId)]);
    const now = records?.[0];
    const idle = server === "gone" || server.taskState === null;
    if (now?.id !== id || !IN_FLIGHT.has(now.status) || idle) return { ...answer, migration: last, over: true };
    last = now;
    const later = answer.outcome === "declined" && !answer.doubtful && SOON.has(now.status) && clock.now() < until;
    if (!later) return { ...answer, migration: last, over: false };
    await clock.sleep(1_000);
  }
}
