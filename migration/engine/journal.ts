import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import type { GuestFacts } from "../guest/facts.ts";
import { fileName } from "../../text/file-name.ts";

/**
 * What a run that was killed would have known: written before the request that starts a move, removed when the move
 * has been judged. It only helps a later run to say more; nothing depends on it (another machine has none).
 */
const EntrySchema = z.object({
  serverId: z.string(),
  source: z.nullable(z.string()),
  destination: z.string(),
  /** The zone that was unpinned for the move and must be put back if it fails; null: none was. */
  unpinnedFrom: z.nullable(z.string()),
  /** ISO 8601. */
  intendedAt: z.string(),
  requestId: z.nullable(z.string()),
  guestBefore: z.nullable(z.custom<GuestFacts>()),
  /** Of a cold migration: the server's status before it, and the newest record before. */
  cold: z.exactOptional(z.object({ statusBefore: z.string(), newestBefore: z.nullable(z.number()) })),
  /** What was asked for when its verification was over. */
  decision: z.exactOptional(z.enum(["confirm", "revert"])),
});
export type JournalEntry = z.output<typeof EntrySchema>;

/** One small file a server below `$XDG_STATE_HOME` (default `~/.local/state`), readable by its owner only. */
export class Journal {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    const state = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
    this.#folder = join(state, "openstack-live-migration");
  }

  /** null: there is none, or it cannot be read. */
  async read(serverId: string): Promise<JournalEntry | null> {
    try {
      return EntrySchema.parse(JSON.parse(await readFile(this.#path(serverId), "utf8")));
    } catch {
      return null;
    }
  }

  /** Whole or not at all. A folder that cannot be written is no reason not to move a server. */
  async write(entry: JournalEntry): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const temporary = `${this.#path(entry.serverId)}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(entry), { mode: 0o600 });
      await rename(temporary, this.#path(entry.serverId));
    } catch {
      // See above.
    }
  }

  async remove(serverId: string): Promise<void> {
    await rm(this.#path(serverId), { force: true }).catch(() => undefined);
  }

  #path(serverId: string): string {
    return join(this.#folder, `${fileName(serverId)}.json`);
  }
}
