import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { COMMAND, commandOf, ownDirectory } from "./command-line.ts";
import { fileName } from "../text/file-name.ts";

/**
 * Which stack is being changed; each has its own launcher, so that two of them can use different versions. Without the
 * organization, which Pulumi CLI 3.230 does not tell a plugin: with it, the next CLI would change the command line.
 */
export interface LaunchingStack {
  project: string;
  stack: string;
}

let launching = false;

/** From now on, this process is a plugin, whose command is found by a launcher. */
export function useLauncher(): void {
  launching = true;
}

/** Whether this process is a plugin. */
export const usesLauncher = (): boolean => launching;

/**
 * The command line of a plugin. Its own directory differs by machine and version, and the program's directory has no
 * `node_modules`: so it names a link below the user's cache, which leads to the command that belongs to this plugin.
 */
export function launcherLine({ project, stack }: LaunchingStack): string {
  return commandOf(`"\${XDG_CACHE_HOME:-$HOME/.cache}/${link(project, stack)}"`);
}

/**
 * Makes the link that {@link launcherLine} names. Whole or not at all: another `up` may be reading it.
 *
 * @throws Error if the command was not built, or the user's cache cannot be written
 */
export function writeLauncher(
  { project, stack }: LaunchingStack,
  { env = process.env, packageDirectory = ownDirectory() } = {},
): void {
  const command = join(packageDirectory, COMMAND);
  if (!existsSync(command)) {
    throw new Error(`the plugin has no ${command}. Fix: install the plugin again; in a clone, \`npm ci\``);
  }
  // As the shell does it, which takes an empty variable for none.
  const cache = env["XDG_CACHE_HOME"] || join(env["HOME"] ?? "", ".cache");
  const path = join(cache, link(project, stack));
  const partial = `${path}.${process.pid}`;
  try {
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    rmSync(partial, { force: true });
    symlinkSync(command, partial);
    renameSync(partial, path);
  } catch (error) {
    const fix = "Fix: set XDG_CACHE_HOME to a directory that you can write to";
    throw new Error(`the plugin cannot make ${path}: ${(error as Error).message}. ${fix}`, { cause: error });
  }
}

const link = (...names: string[]): string => `openstack-live-migration/plugin/${fileName(names.join("/"))}`;
