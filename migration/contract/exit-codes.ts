import * as z from "zod/mini";

/** The result of a run. {@link EXIT_CODES} has the process exit code of each. */
export const OutcomeSchema = z.enum([
  /** The server was on the target host already and every check passed; nothing was moved. */
  "already-there",
  /** Verified on another host, where it stays while its own host is disabled, down or in maintenance. Nothing was moved. */
  "away",
  /** Moved, and every check passed; or taken back by `revert`, whose `source` and `destination` are then the other way round. */
  "migrated",
  /** Not started: preflight found blockers (`findings`). */
  "refused",
  /** The migration failed or was aborted; the server is verified intact on its source. `live-migrate abort` exits 0 with it. */
  "failed",
  /** A human must look: the server is in ERROR, or a check failed. Do not retry or restart before that. */
  "needs-attention",
  /**
   * Nova still migrates; this run stopped watching (deadline, stall, or interrupted). Or the migration is over and nothing is
   * wrong, but a check cannot be made now that could be made before (`isUnproven` in record.ts). Run the same command again.
   */
  "still-running",
]);
/** The result of a run. */
export type Outcome = z.output<typeof OutcomeSchema>;

/** Process exit codes. Bad input is 2 and a cloud that is unreachable or refuses us is 7: those have no record. */
export const EXIT_CODES = {
  "already-there": 0,
  away: 0,
  migrated: 0,
  refused: 3,
  failed: 4,
  "needs-attention": 5,
  "still-running": 6,
} as const satisfies Record<Outcome, number>;
/** Exit code for input that is wrong. */
export const EXIT_BAD_INPUT = 2;
/** Exit code for a cloud that does not answer, or refuses the credentials. */
export const EXIT_CLOUD = 7;
