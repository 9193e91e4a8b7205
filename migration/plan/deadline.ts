/**
 * Seconds after which Nova itself gives a live migration up by default: 800 per GiB of RAM, at least two GiB
 * (`[libvirt] live_migration_completion_timeout`, nova/virt/libvirt/driver.py _live_migration_data_gb and
 * nova/virt/libvirt/migration.py should_abort at 33.0.2). Volumes of a volume-backed server are not copied.
 * A client that gives up before Nova does calls a running migration a failure.
 */
export function defaultTimeoutSeconds(ramMiB: number): number {
  return 800 * Math.max(2, Math.ceil(ramMiB / 1024));
}

/** Bytes a second that a 10 Gbit/s migration network moves in practice, for estimates only. */
const ASSUMED_BYTES_PER_SECOND = 1_000_000_000;
/** Scheduling, port bindings and volume connections on both sides, in seconds; seen on real clouds as 5 to 10. */
const FIXED_SECONDS = 8;

/** A rough duration for people, in seconds: all RAM once, and half of it again for pages made dirty meanwhile. */
export function estimateSeconds(ramMiB: number): number {
  return Math.ceil(FIXED_SECONDS + (1.5 * ramMiB * 1024 * 1024) / ASSUMED_BYTES_PER_SECOND);
}
