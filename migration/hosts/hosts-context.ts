import type { Clock } from "../clock.ts";
import type { MoveResult } from "../contract/drain.ts";
import type { MigrationRecord } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { Progress } from "../progress.ts";
import type { TrackEvent } from "./drain-progress.ts";
import type { HostsCloud } from "./hosts-cloud.ts";

/** What came of one move. */
export interface MoveEnd {
  result: MoveResult;
  exitCode: number;
  /** One line for people. */
  message: string;
  record: MigrationRecord | null;
}

/** All that a maintenance needs of the world. */
export interface HostsContext {
  cloud: HostsCloud;
  clock: Clock;
  progress: Progress;
  /** Runs one move as `live-migrate run` does: with its preflight, its watch, its verification and its record. Throws nothing. */
  move: (request: MigrationRequest, server: { id: string; name: string }) => Promise<MoveEnd>;
  /** Told of the course of a drain, for its display. @default nobody is told */
  track?: (event: TrackEvent) => void;
  /** Aborted: start no more moves. Those under way go on. */
  stop: AbortSignal;
}
