import { atLeast } from "../http/microversion.ts";
import type { Microversion } from "../http/microversion.ts";

/** How a live migration is asked for. */
export interface LiveMigrateOptions {
  /** The destination's compute host; null lets the scheduler choose. */
  host: string | null;
  /** Whether local disks are copied; `auto` leaves it to Nova, from 2.25 on. @default "auto" */
  blockMigration?: boolean | "auto";
  /** Go past the scheduler: 2.30 to 2.67 only. @default false */
  force?: boolean;
}

/** 2.68 and newer: a named host is always validated. */
const from268 = ({ host, blockMigration = "auto" }: LiveMigrateOptions) => ({ host, block_migration: blockMigration });

/** 2.30 to 2.67: a named host is validated unless forced. */
const from230 = (options: LiveMigrateOptions) => ({
  ...from268(options),
  ...(options.force === true && { force: true }),
});

/** Before 2.25: no `auto`. */
const from21 = ({ host, blockMigration }: LiveMigrateOptions) => ({
  host,
  block_migration: blockMigration === true,
  disk_over_commit: false,
});

/**
 * The body of `os-migrateLive`. Pure.
 *
 * @throws RangeError if the version cannot express the options
 */
export function liveMigrateBody(version: Microversion, options: LiveMigrateOptions): { "os-migrateLive": object } {
  const forcible = atLeast(version, "2.30") && !atLeast(version, "2.68");
  if (options.force === true && !forcible) throw new RangeError(`compute ${version} has no force: use 2.30 to 2.67`);
  if (options.force === true && options.host === null) throw new RangeError("force needs a host");
  if (atLeast(version, "2.68")) return { "os-migrateLive": from268(options) };
  if (atLeast(version, "2.30")) return { "os-migrateLive": from230(options) };
  if (atLeast(version, "2.25")) return { "os-migrateLive": from268(options) };
  if (options.blockMigration === "auto") throw new RangeError(`compute ${version} has no block migration "auto"`);
  return { "os-migrateLive": from21(options) };
}
