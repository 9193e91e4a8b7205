import type { ServerFacts } from "../cloud/snapshot.ts";
import { localDisks } from "../cloud/kind.ts";

type Sized = Pick<ServerFacts, "image" | "configDrive" | "flavor">;

/** Nova counts memory, and each disk that it copies, as at least this many GiB. */
const LEAST_GIB = 2;

/**
 * Seconds after which Nova itself gives a live migration up by default: 800 per GiB of RAM and of each disk that it
 * copies, at least two GiB each (`[libvirt] live_migration_completion_timeout`, nova/virt/libvirt/driver.py
 * _live_migration_data_gb and nova/virt/libvirt/migration.py should_abort at 33.0.2). Volumes are not copied. Whether
 * local disks are is not known beforehand: they count.
 * A client that gives up before Nova does calls a running migration a failure.
 */
export function defaultTimeoutSeconds(server: Sized): number {
  const memory = Math.max(LEAST_GIB, Math.ceil(server.flavor.ramMiB / 1024));
  const disks = localDisks(server).flatMap(({ gib }) => (gib === null ? [] : Math.max(LEAST_GIB, Math.ceil(gib))));
  return 800 * disks.reduce((sum, gib) => sum + gib, memory);
}

/** A scheduler, two computes and their services need as long at most, in seconds, beside the copy of disks. */
const COLD_LEAST_SECONDS = 1_600;

/** Deadline of a cold migration in seconds: Nova has none. Local disks count as in a live one. */
export function coldTimeoutSeconds(server: Sized): number {
  const disks = localDisks(server).flatMap(({ gib }) => (gib === null ? [] : Math.max(LEAST_GIB, Math.ceil(gib))));
  return COLD_LEAST_SECONDS + 800 * disks.reduce((sum, gib) => sum + gib, 0);
}

/** Bytes a second that a 10 Gbit/s migration network moves in practice, for estimates only. */
const ASSUMED_BYTES_PER_SECOND = 1_000_000_000;
/** Scheduling, port bindings and volume connections on both sides, in seconds; seen on real clouds as 5 to 10. */
const FIXED_SECONDS = 8;
const MIB = 1024 ** 2;

/**
 * A rough duration for people, in seconds: all RAM once, and half of it again for pages made dirty meanwhile; local disks
 * once, as if Nova copied them and they were full.
 */
export function estimateSeconds(server: Sized): number {
  const disks = localDisks(server).reduce((sum, { gib }) => sum + (gib ?? 0) * 1024 * MIB, 0);
  return Math.ceil(FIXED_SECONDS + (1.5 * server.flavor.ramMiB * MIB + disks) / ASSUMED_BYTES_PER_SECOND);
}

/** Shutdown of a guest, scheduling, connections, and the start on the destination, in seconds. */
const COLD_FIXED_SECONDS = 20;

/** A rough duration of a cold migration for people, in seconds: local disks once, as if Nova copied them and they were full. */
export function coldEstimateSeconds(server: Sized): number {
  const disks = localDisks(server).reduce((sum, { gib }) => sum + (gib ?? 0) * 1024 * MIB, 0);
  return Math.ceil(COLD_FIXED_SECONDS + disks / ASSUMED_BYTES_PER_SECOND);
}
