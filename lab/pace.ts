/** The file by which the fleet profile's fake hypervisor is paced; read all the time, by running migrations too. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** How a migration goes. Everything may be left out; null takes a setting back. */
export interface Pace {
  /** How long the copy of the memory takes; of a cold migration, that of the disks. @default 1 */
  seconds?: number | null;
  /** Fraction (0 to 1) at which the copy stands still. */
  stall_at?: number | null;
  /** Text with which the destination's check fails. */
  fail_check?: string | null;
  /** Text with which the destination's preparation fails. */
  fail_pre?: string | null;
  /** Fraction (0 to 1) at which the copy fails. */
  fail_at?: number | null;
  /** Seconds after which the source gives up and rolls back, as libvirt's driver does on its completion time-out. */
  time_out?: number | null;
  /** Text with which the destination's end after the move fails. */
  fail_post?: string | null;
  /** Seconds by which the record's end follows the server's arrival. @default 0 */
  lag?: number | null;
  /** Seconds that the confirmation, or the revert, of a cold migration takes. @default 0 */
  decision_seconds?: number | null;
}

export interface PaceFile extends Pace {
  /** By server id; wins over the rest. */
  servers?: Record<string, Pace>;
}

/** What the file says now; nothing if there is none. */
export function readPace(file: string): PaceFile {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PaceFile) : {};
}

/**
 * Changes the pace of one server, or of all that have none of their own.
 * @param pace undefined removes it.
 * @example setPace(labPaths("fleet").paceFile, { seconds: 20 }, server.id)
 */
export function setPace(file: string, pace: Pace | undefined, serverId?: string): void {
  const { servers, ...all } = readPace(file);
  const others = Object.entries(servers ?? {}).filter(([id]) => id !== serverId);
  const single = serverId === undefined || pace === undefined ? others : [...others, [serverId, pace] as const];
  const next: PaceFile = {
    ...(serverId === undefined ? pace : all),
    ...(single.length > 0 && { servers: Object.fromEntries(single) }),
  };
  if (Object.keys(next).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  // Never half a file for one who reads it at this moment.
  writeFileSync(`${file}.new`, JSON.stringify(next, undefined, 2));
  renameSync(`${file}.new`, file);
}
