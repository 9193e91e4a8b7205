import type { Clock } from "../clock.ts";
import type { Answer } from "./cloud-api.ts";

/** An API that restarts, or a gateway that loses an answer, is back within this many tries. */
const TRIES = 4;
const PAUSE = 1_000;

/** What came of a request that may be sent again. */
export interface RetriedAnswer extends Answer {
  /** One before the last went unanswered: what this one is answered may be its doing. */
  doubtful: boolean;
}

/**
 * Sends a request again while it goes unanswered. Only for what does no harm if Nova has taken it already: an abort of
 * the same migration, its completion, a zone to pin to.
 */
export async function retryUnanswered(clock: Clock, ask: () => Promise<Answer>): Promise<RetriedAnswer> {
  let doubtful = false;
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (answer.outcome !== "unanswered" || tries === TRIES) return { ...answer, doubtful };
    doubtful = true;
    await clock.sleep(PAUSE);
  }
}
