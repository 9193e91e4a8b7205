import type { Clock } from "../clock.ts";
import type { Arrivals } from "../plan/destination.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import type { Journal } from "./journal.ts";
import type { Progress } from "../progress.ts";
import type { MigrationRecord } from "../contract/record.ts";

/** All that a run needs of the world. */
export interface RunContext {
  cloud: CloudApi;
  clock: Clock;
  journal: Journal;
  progress: Progress;
  /** Record of the last run for this server (under Pulumi), to tell a move that an earlier run began. */
  previous: MigrationRecord | null;
  /** Where the moves of several servers in one run go; unset for one server. */
  arrivals?: Arrivals;
  /** Aborted: stop watching. */
  interrupted: AbortSignal;
  /** After an interruption: whether the operator asks for an abort. */
  abortAsked: () => Promise<boolean>;
  /** Called when a cold migration begins or is adopted: no abort of it may be offered. */
  coldBegins?: () => void;
}
