import { expect } from "vitest";
import { nextCommands } from "./next-commands.ts";
import { descendantsOf } from "./processes.ts";
import { changesByName, type Result, type Running, type Stack } from "./stack.ts";

/** Seconds: long enough for a machine that does much else. */
export const PATIENCE = 180;

export const said = ({ stdout, stderr }: Result) => `${stdout}\n${stderr}`;

/** Does what docs/operations.md says for a row; every command must succeed. */
export async function doAsDocumented(stack: Stack, row: string, fill: Record<string, string> = {}): Promise<string> {
  let all = "";
  for (const command of nextCommands(row, fill)) {
    const asks = command[0] === "cancel" || command[0] === "preview" ? [] : ["--yes", "--skip-preview"];
    const file = command[0] === "cancel" ? [] : ["--config-file", stack.configFile];
    const result = await stack.run([...command, ...asks, ...file]);
    expect([command.join(" "), result.exitCode, said(result)]).toEqual([command.join(" "), 0, expect.any(String)]);
    all += said(result);
  }
  return all;
}

/** What the state has begun and does not know the end of. */
export async function pending(stack: Stack): Promise<string[]> {
  const { deployment } = JSON.parse(await stack.state()) as {
    deployment: { pending_operations?: { type: string; resource: { urn: string } }[] | null };
  };
  return (deployment.pending_operations ?? []).map(({ type, resource }) => `${type} ${resource.urn}`);
}

/** Nothing is pending, and nothing would be changed. */
export async function isClean(stack: Stack): Promise<void> {
  expect(await pending(stack)).toEqual([]);
  const { steps, result } = await stack.preview();
  expect([result.exitCode, result.stderr, changesByName(steps)]).toEqual([0, "", []]);
}

/** As a power cut: nothing of it gets a last word. */
export async function killAll(run: Running): Promise<void> {
  const pids = [run.pid, ...(await descendantsOf(run.pid, ""))];
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  await run.ended;
}
