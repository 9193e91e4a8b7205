import type { Move } from "./schedule.ts";

/** A migration record of Nova. */
export interface MigrationSeen {
  id: number;
  status: string;
  source: string | null;
  destination: string | null;
}

/** What the cloud's own APIs say of a server at one moment. */
export interface Truth {
  /** null: the server does not exist. */
  server: { status: string; taskState: string | null; host: string | null } | null;
  /** Each volume that belongs to the server: its attachments in Cinder, and the hosts that they are on. */
  volumes: { id: string; status: string; attachments: number; hosts: (string | null)[] }[];
  /** Migrations of this server of any kind, the newest first. */
  migrations: MigrationSeen[];
}

/** A request that asks something of the server: a migration, its confirmation or its revert. */
export interface RequestSeen {
  /** Such as `os-migrateLive`. */
  action: string;
  /** The kind of fault that hit it. */
  fault: string | null;
  /** Status of the fault's own answer. */
  faultStatus: number | null;
  /** What Nova answered; null: it never saw the request, or the proxy did not hear its answer. */
  status: number | null;
}

/** One start of the engine, from its start to its end. */
export interface AttemptSeen {
  /** null: a signal ended it. */
  exitCode: number | null;
  /** Signals that it was sent by the schedule. */
  signals: string[];
  /** It did not end in the time that even the slowest ending takes, and was killed for that. */
  hung: boolean;
  /** The host that its record says the server was to go to, the one that it came from, and its migration. */
  destination: string | null;
  source: string | null;
  migration: number | null;
  /** One line for people. */
  words: string;
  requests: RequestSeen[];
  /** Right after its end; null where nobody looked (it was killed). */
  truth: Truth | null;
}

/** All that was seen of one move of one round. */
export interface MoveSeen {
  move: Move;
  serverId: string;
  /** Hosts that fulfil the wish. */
  wanted: string[];
  before: Truth;
  attempts: AttemptSeen[];
  /** After everything was lifted and the engine run plainly until it settled. */
  after: Truth;
  /** Migrations that others asked for, and Nova accepted. */
  othersAccepted: number;
  /** A service of the cloud died in this round. */
  cloudDied: boolean;
}
