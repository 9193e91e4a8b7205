import type { Truth } from "../observation.ts";
import type { DrainRound } from "./schedule.ts";

/** What the cloud's own APIs say of a host at one moment. */
export interface HostTruth {
  enabled: boolean;
  /** Ids of servers on it, of all projects and in all states. */
  servers: string[];
  /** Ids of migrations to or from it that have not ended, unconfirmed ones included. */
  migrations: number[];
  /** Who holds a part of it in Placement. */
  consumers: string[];
}

/** One start of `drain` or `restore`, from its start to its end. */
export interface HostAttemptSeen {
  command: "drain" | "restore";
  host: string;
  /** null: a signal ended it. */
  exitCode: number | null;
  signals: string[];
  hung: boolean;
  /** What its document says of the host; null: it printed none. */
  state: string | null;
  /** Servers that its document names as not home. */
  away: string[];
  words: string;
  /** Someone else was at work: what they did may have come between its last look and ours. */
  meanwhile: boolean;
  /** Right after its end; null where nobody looked (it was killed). */
  truth: HostTruth | null;
}

/** A server of the zone. */
export interface ServerSeen {
  id: string;
  name: string;
  /** Whether it was shut off, by the round or by someone else in it. */
  off: boolean;
  /** Someone else deleted it. */
  deleted: boolean;
  /** Migrations that someone else asked for. */
  byOthers: number;
  before: Truth;
  drained: Truth;
  after: Truth;
}

/** All that was seen of one round. */
export interface DrainSeen {
  round: DrainRound;
  /** The hosts that were drained: one, or two at the same time. */
  hosts: string[];
  attempts: HostAttemptSeen[];
  servers: ServerSeen[];
}
