import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { fileName } from "../../../text/file-name.ts";

/**
 * What a maintenance still needs once Nova has forgotten it: an enabled host has no disabled reason, and a roll that is
 * done with a host leaves no trace of it. Another machine has none of this: `restore --since` takes its place there.
 */
const EntrySchema = z.object({
  /** Of a host: since when, and after which migration, its servers were moved away. */
  away: z.exactOptional(z.object({ since: z.string(), after: z.number() })),
  /** Of a host: the last restore has brought home everyone who comes, and its newest migration was this one then. */
  home: z.exactOptional(z.object({ after: z.number() })),
  /** Of a roll: hosts that are done, those whose command has run, and when that was, ISO 8601. */
  roll: z.exactOptional(z.object({ done: z.array(z.string()), ran: z.array(z.string()), at: z.string() })),
});
export type HostEntry = z.output<typeof EntrySchema>;

/** One small file an entry below `$XDG_STATE_HOME` (default `~/.local/state`), readable by its owner only. */
export class HostJournal {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    const state = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
    this.#folder = join(state, "openstack-live-migration", "hosts");
  }

  /** @param key the uuid of a compute service, or what tells one roll from others. Null: none, or one that cannot be read */
  async read(key: string): Promise<HostEntry | null> {
    try {
      return EntrySchema.parse(JSON.parse(await readFile(this.#path(key), "utf8")));
    } catch {
      return null;
    }
  }

  /** Whole or not at all. @returns whether it is kept: a folder that cannot be written is no reason to stop */
  async write(key: string, entry: HostEntry): Promise<boolean> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const temporary = `${this.#path(key)}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(entry), { mode: 0o600 });
      await rename(temporary, this.#path(key));
      return true;
    } catch {
      return false;
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true }).catch(() => undefined);
  }

  #path(key: string): string {
    return join(this.#folder, `${fileName(key)}.json`);
  }
}
