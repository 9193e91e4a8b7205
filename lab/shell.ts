/** Running commands, and the one error class of the lab. */
import { execa, ExecaError } from "execa";

/** A failure a person can act on: printed as it is, without a stack. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** What the lab's own commands and services see of the environment: nothing of the caller's, so that a lab is the same for everyone. */
export const CLEAN_ENV: Readonly<Record<string, string>> = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
};

export interface RunOptions {
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input; the way to hand over secrets. */
  readonly input?: string;
  /** Milliseconds until the command is killed. @default no limit */
  readonly timeout?: number;
  readonly cwd?: string;
}

/**
 * Runs a command to its end and returns its standard output without the last newline.
 * @throws LabError with the command, its exit code and the end of what it said.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  try {
    const { stdout } = await execa(command, args, {
      extendEnv: false,
      env: { ...CLEAN_ENV, ...options.env },
      ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const { stderr, stdout } = error as { stderr?: unknown; stdout?: unknown };
    const said = [stderr, stdout].map((text) => (typeof text === "string" ? text.trim() : "")).join("\n");
    const what = error.timedOut
      ? "took longer than allowed"
      : (error.signal ?? error.code ?? `exit code ${error.exitCode ?? "unknown"}`);
    throw new LabError(`${command} ${args.join(" ")}: ${what}\n${said.trim().slice(-2000)}`, { cause: error });
  }
}

/** True when the command ends with exit code 0 (within 20 seconds). */
export async function succeeds(command: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  const result = await execa(command, args, {
    extendEnv: false,
    env: { ...CLEAN_ENV, ...options.env },
    timeout: options.timeout ?? 20_000,
    stdin: "ignore",
    reject: false,
  });
  return result.exitCode === 0;
}

/** Runs a POSIX shell script with its parameters in `$1`, `$2`, …: no quoting of values into script text. */
export async function script(text: string, args: readonly string[] = [], options: RunOptions = {}): Promise<string> {
  return run("/bin/sh", ["-euc", text, "sh", ...args], options);
}
