import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const PACKAGE = "openstack-live-migration";
/** The command, from the package's directory. */
export const COMMAND = "dist/live-migrate.js";

/** What `LiveMigration` runs. */
const RUN = "run --json-on-success";

/**
 * The command line, relative to the directory that Pulumi runs programs and commands in. It is an input in the state: if
 * it differed between a laptop and CI, each would see the other's as a change, and so would each upgrade if it named a
 * version. So the package is named by `node_modules`, where a package manager links it from (pnpm's own path of it has
 * the version). `exec` leaves one process, since Pulumi kills only its direct child when it is interrupted.
 *
 * @param packageDirectory where this package is, without symbolic links
 * @param command of `live-migrate`
 */
export function commandLine(programDirectory: string, packageDirectory = ownDirectory(), command = RUN): string {
  const path = join(
    relative(programDirectory, linkTo(packageDirectory, programDirectory) ?? packageDirectory),
    COMMAND,
  );
  return commandOf(/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`, command);
}

/** @param word the command's path, quoted for the shell */
export const commandOf = (word: string, command = RUN): string => `exec node ${word} ${command}`;

/** The nearest directory above with a package.json: compiled, this file is in another folder than its source. */
export function ownDirectory(from = import.meta.dirname): string {
  return existsSync(join(from, "package.json")) || dirname(from) === from ? from : ownDirectory(dirname(from));
}

/** The entry of the nearest `node_modules` that is this package; undefined: the program is in the repository itself. */
function linkTo(packageDirectory: string, from: string): string | undefined {
  const entry = join(from, "node_modules", PACKAGE);
  if (isSame(entry, packageDirectory)) return entry;
  return dirname(from) === from ? undefined : linkTo(packageDirectory, dirname(from));
}

function isSame(entry: string, directory: string): boolean {
  try {
    return realpathSync(entry) === directory;
  } catch {
    return false;
  }
}
