import type { Microversion } from "../../openstack/http/microversion.ts";
import type { MigrationEntry, ServerFacts, Snapshot } from "./snapshot.ts";

/**
 * How `os-migrateLive` is asked for. `validated` (2.68 and newer): the scheduler checks the named host.
 * `forced` (`force: true`, 2.30 to 2.67, still served today): it does not. `unpin`: the pin is taken off before
 * and set to the new zone afterwards (2.104 and newer).
 */
export type Method =
  | { kind: "validated"; microversion: Microversion }
  | { kind: "unpin"; microversion: Microversion; from: string }
  | { kind: "forced"; microversion: Microversion };

/** The facts about a server that are polled while it moves. */
export type ObservedServer = Pick<
  ServerFacts,
  "status" | "taskState" | "vmState" | "running" | "host" | "hostId" | "projectId" | "fault"
> & { progress: number | null };

/** Byte counters of a running migration; Nova writes them about every 5 s. */
export interface MemoryCounters {
  /** The record's status. */
  status: string;
  totalBytes: number | null;
  processedBytes: number | null;
  remainingBytes: number | null;
}

/** The answer to the request that starts a migration. */
export type StartAnswer =
  | { outcome: "accepted"; requestId: string | null }
  /** Nova refused; nothing has started. `busy`: another task is under way (409). */
  | { outcome: "refused"; busy: boolean; message: string; requestId: string | null }
  /** It may have started: time-out, cut connection, 502 … Never sent again before that is known. */
  | { outcome: "unknown"; reason: string };

/** The answer to a request that changes a running migration, or a server's pin. */
export interface Answer {
  /**
   * `declined`: Nova refused (too late, wrong state, no rights). `unanswered`: Nova's own answer was lost, and it may have
   * accepted the request.
   */
  outcome: "accepted" | "declined" | "unanswered";
  /** Nova's message, or why there is none. */
  message: string;
  /** Declined for this user's rights (403): no later try can be accepted. */
  forbidden?: boolean;
}

/** The purpose of a snapshot: verification needs no candidates or server groups, and planning no old allocations. */
export type SnapshotScope =
  /** For display only: no decision depends on it. */
  | { purpose: "show" }
  /** `host`: the only destination asked about; null: any may be chosen. `cold`: a cold migration may be planned. */
  | { purpose: "plan"; host: string | null; cold?: boolean }
  /**
   * `migrationUuid`: whose own allocations must be gone; null: none. `migrations`: the server's, where they were read a
   * moment ago: they are not asked for again.
   */
  | { purpose: "verify"; migrationUuid: string | null; migrations?: readonly MigrationEntry[] };

/** What a server and its migration hold in Placement. */
export type AllocationFacts = Pick<Snapshot, "allocations" | "migrationAllocations">;

/**
 * All that the engine needs of a cloud; `openstack-cloud.ts` is the real one. Reading methods retry by themselves and
 * throw `CloudLost` when the cloud stays away; writing methods send once.
 */
export interface CloudApi {
  /**
   * @param next A snapshot of this scope follows at once, so that all of it may be asked for together.
   * @throws NotFound if there is no such server, or no single one of that name.
   */
  resolveServer(nameOrId: string, next?: SnapshotScope): Promise<string>;
  /** Everything the decisions look at. */
  snapshot(serverId: string, scope: SnapshotScope): Promise<Snapshot>;
  /** "gone": 404. */
  server(serverId: string): Promise<ObservedServer | "gone">;
  /** Live migrations of the server, newest first; null: not visible to this user. */
  migrations(serverId: string): Promise<MigrationEntry[] | null>;
  /** Migrations of the server of any type, newest first; null: not visible to this user. */
  moves(serverId: string): Promise<MigrationEntry[] | null>;
  /** null: not queued, preparing or running (Nova answers 404 then), or not visible. */
  counters(serverId: string, migrationId: number): Promise<MemoryCounters | null>;
  /** Every nova-compute host, as in a snapshot. */
  hosts(): Promise<Snapshot["hosts"]>;
  /** The server's ports alone, as in a snapshot. */
  ports(serverId: string): Promise<Snapshot["ports"]>;
  /** What Placement holds for the server, and for the migration (null: none is asked for), as in a snapshot. */
  allocations(serverId: string, migrationUuid: string | null): Promise<AllocationFacts>;
  /** Gets a fresh token, which Nova needs for its own clean-up later, then sends the request once. */
  start(serverId: string, host: string, method: Method): Promise<StartAnswer>;
  /** The same for a cold migration. @param host null: the scheduler chooses */
  startCold(serverId: string, host: string | null): Promise<StartAnswer>;
  /** Confirms the server's cold migration. Sent twice, Nova does it once. */
  confirm(serverId: string): Promise<Answer>;
  /** Reverts it. Sent twice, Nova does it once. */
  revert(serverId: string): Promise<Answer>;
  /** Asks for an abort; neither a refusal nor a lost answer is an error. */
  abort(serverId: string, migrationId: number): Promise<Answer>;
  /** Pauses the guest until its memory is copied. */
  forceComplete(serverId: string, migrationId: number): Promise<Answer>;
  /** Sets (or with null takes off) the pinned zone; compute 2.104. */
  pin(serverId: string, zone: string | null): Promise<Answer>;
  /**
   * Why it failed, from the action's events (2.84); null: not reported.
   *
   * @param action as Nova names it; what the newest is looked up by where the request's id is not known
   */
  failureReason(
    serverId: string,
    requestId: string | null,
    action?: "live-migration" | "migrate",
  ): Promise<string | null>;
  /** Requests sent so far. */
  requestCount(): number;
}
