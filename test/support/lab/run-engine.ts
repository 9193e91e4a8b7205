import { join } from "node:path";
import { execa } from "execa";
import { labEnv, labPaths } from "../../../lab/api.ts";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import type { GuestCheck } from "../../../migration/contract/settings.ts";
import type { SeveralDocument } from "../../../migration/contract/several-servers.ts";

const COMMAND = join(import.meta.dirname, "../../../dist/live-migrate.js");

export interface EngineResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** The record, when stdout holds one. */
  record: MigrationRecord | undefined;
}

export interface RunningEngine {
  pid: number;
  kill: (signal: NodeJS.Signals) => boolean;
  ended: Promise<EngineResult>;
  /** Resolves when stderr has it, or the engine has ended without. */
  says: (what: RegExp) => Promise<void>;
}

/** Asks for the guest's side too, with ping. @param check further settings of it */
export const GUEST = (check: Partial<GuestCheck> = {}) =>
  JSON.stringify({ user: "root", identityFile: labPaths().guestKey, ...check });

/** Starts `live-migrate COMMAND … --json` against the lab. */
export function startEngine(args: string[], env: Record<string, string> = {}): RunningEngine {
  const child = execa(process.execPath, [COMMAND, ...args, "--json"], {
    env: { ...process.env, ...labEnv(), ...env },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr, record: recordIn(stdout) }));
  const says = (what: RegExp) =>
    new Promise<void>((resolve) => {
      let said = "";
      child.stderr.on("data", (chunk) => {
        said += String(chunk);
        if (what.test(said)) resolve();
      });
      void ended.then(() => {
        resolve();
      });
    });
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), ended, says };
}

/** The same, to its end. */
export function engine(args: string[], env: Record<string, string> = {}): Promise<EngineResult> {
  return startEngine(args, env).ended;
}

function recordIn(stdout: string): MigrationRecord | undefined {
  // Several lines are about several servers.
  if (!stdout.startsWith("{") || stdout.includes("\n")) return undefined;
  const document = JSON.parse(stdout) as Partial<MigrationRecord>;
  return document.outcome === undefined ? undefined : (document as MigrationRecord);
}

/** What `run --json` of several servers says: of each a record, or why there is none, as it ended; then of all. */
export function severalIn(stdout: string): { each: Partial<MigrationRecord>[]; all: SeveralDocument } {
  const lines = stdout.split("\n").map((line) => JSON.parse(line) as unknown);
  return { each: lines.slice(0, -1) as Partial<MigrationRecord>[], all: lines.at(-1) as SeveralDocument };
}
