import type { JsonReader } from "./json-reader.ts";
import { optionalUtc, utc } from "./time.ts";

/** A migration record of Nova. `undefined` means that the cloud does not tell. */
export interface Migration {
  id: number;
  /** Told from 2.59 on. */
  uuid: string | undefined;
  /** Such as `accepted`, `queued`, `preparing`, `running`, `completed`, `failed`, `error`, `cancelled`. */
  status: string;
  /** `live-migration`, `migration`, `resize` or `evacuation`; a server's own list has live ones only. */
  type: string | undefined;
  sourceCompute: string | undefined;
  /** Unset until the scheduler has chosen. */
  destCompute: string | undefined;
  sourceNode: string | undefined;
  destNode: string | undefined;
  instanceUuid: string;
  /** ISO 8601; Nova writes UTC without a zone, here it ends in `Z`. */
  createdAt: string;
  updatedAt: string | undefined;
  /** What libvirt last told, while running only. Nova writes them about every 5 s. */
  memoryTotalBytes: number | undefined;
  memoryProcessedBytes: number | undefined;
  memoryRemainingBytes: number | undefined;
  diskTotalBytes: number | undefined;
  diskProcessedBytes: number | undefined;
  diskRemainingBytes: number | undefined;
}

export function readMigration(migration: JsonReader): Migration {
  return {
    id: migration.number("id"),
    uuid: migration.optionalString("uuid"),
    status: migration.string("status"),
    type: migration.optionalString("migration_type"),
    sourceCompute: migration.optionalString("source_compute"),
    destCompute: migration.optionalString("dest_compute"),
    sourceNode: migration.optionalString("source_node"),
    destNode: migration.optionalString("dest_node"),
    instanceUuid: migration.optionalString("instance_uuid") ?? migration.string("server_uuid"),
    createdAt: utc(migration.string("created_at")),
    updatedAt: optionalUtc(migration.optionalString("updated_at")),
    memoryTotalBytes: migration.optionalNumber("memory_total_bytes"),
    memoryProcessedBytes: migration.optionalNumber("memory_processed_bytes"),
    memoryRemainingBytes: migration.optionalNumber("memory_remaining_bytes"),
    diskTotalBytes: migration.optionalNumber("disk_total_bytes"),
    diskProcessedBytes: migration.optionalNumber("disk_processed_bytes"),
    diskRemainingBytes: migration.optionalNumber("disk_remaining_bytes"),
  };
}

/** Something that was done to a server. */
export interface InstanceAction {
  /** Such as `live-migration`. */
  action: string;
  /** The request that asked for it (`req-…`). */
  requestId: string;
  startTime: string;
  updatedAt: string | undefined;
  message: string | undefined;
}

/** One step of an action. */
export interface InstanceActionEvent {
  event: string;
  startTime: string;
  finishTime: string | undefined;
  /** `Success` says no more than that the step did not raise. */
  result: string | undefined;
  /** The true reason of a failure; told from 2.84 on, to administrators. */
  details: string | undefined;
  traceback: string | undefined;
  host: string | undefined;
}

export const readInstanceAction = (action: JsonReader): InstanceAction => ({
  action: action.string("action"),
  requestId: action.string("request_id"),
  startTime: utc(action.string("start_time")),
  updatedAt: optionalUtc(action.optionalString("updated_at")),
  message: action.optionalString("message"),
});

export const readInstanceActionEvent = (event: JsonReader): InstanceActionEvent => ({
  event: event.string("event"),
  startTime: utc(event.string("start_time")),
  finishTime: optionalUtc(event.optionalString("finish_time")),
  result: event.optionalString("result"),
  details: event.optionalString("details"),
  traceback: event.optionalString("traceback"),
  host: event.optionalString("host"),
});
