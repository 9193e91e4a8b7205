import { join } from "node:path";
import { execa } from "execa";
import { labEnv } from "../../lab/api.ts";

const COMMAND = join(import.meta.dirname, "../../dist/live-migrate.js");
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs `live-migrate` on a terminal of its own (by `script` of util-linux), with all that was shown on it. */
export async function onTerminal(args: string[]): Promise<{ exitCode: number | undefined; screen: string }> {
  const line = ["stty cols 100;", ...[process.execPath, COMMAND, ...args].map(quoted)].join(" ");
  const env: Record<string, string | undefined> = { ...process.env, ...labEnv(), TERM: "xterm", SHELL: "/bin/sh" };
  delete env["CI"];
  const { exitCode, stdout } = await execa("script", ["-qec", line, "/dev/null"], {
    env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode, screen: stdout };
}
