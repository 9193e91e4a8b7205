import type { Answer } from "../../cloud/cloud-api.ts";
import { retryUnanswered } from "../../cloud/retry.ts";
import type { MigrationEntry } from "../../cloud/snapshot.ts";
import { CloudLost } from "../../contract/failure.ts";
import type { ColdRun } from "./cold-run.ts";

/** What is to become of a migration that is verified on its destination. */
export type Decision =
  /** Confirmed if its checks hold, else reverted. */
  | "confirm-or-revert"
  /** Confirmed if its checks hold, else left to a person. */
  | "confirm"
  /** Left to a person. */
  | "keep"
  /** Reverted. */
  | "revert";

const orUnanswered = (error: unknown): Answer => {
  if (error instanceof CloudLost) return { outcome: "unanswered", message: error.message };
  throw error;
};

/** Whether it is this migration that waits for a decision. @throws CloudLost */
export async function waits({ context, serverId }: ColdRun, { id }: MigrationEntry): Promise<boolean> {
  const newest = (await context.cloud.moves(serverId))?.[0];
  return newest?.id === id && newest.status === "finished";
}

/**
 * Confirms or reverts a migration that waits: see {@link waits}. Nova's actions name no migration and decide whatever
 * waits, so before each further try it must still be this one.
 */
export async function sendDecision(
  run: ColdRun,
  what: "confirm" | "revert",
  migration: MigrationEntry,
): Promise<Answer> {
  const { cloud, clock } = run.context;
  let tries = 0;
  const send = async (): Promise<Answer> => {
    if (tries++ > 0) {
      const still = await waits(run, migration).catch(orUnanswered);
      if (still !== true) return still || { outcome: "declined", message: "it waits for no decision any more" };
    }
    return what === "confirm" ? await cloud.confirm(run.serverId) : await cloud.revert(run.serverId);
  };
  return await retryUnanswered(clock, send);
}
