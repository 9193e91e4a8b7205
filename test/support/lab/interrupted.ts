import { expect } from "vitest";
import { labPaths } from "../../../lab/api.ts";
import type { FaultMatch } from "../http/fault.ts";
import { FaultProxy } from "../http/fault-proxy.ts";
import { nextCommands } from "./next-commands.ts";
import { descendantsOf } from "../processes.ts";
import { changesByName, Stack, type Result, type Running } from "../stack/stack.ts";
import { tempPath } from "../temp-folder.ts";

/** Seconds: long enough for a machine that does much else. */
export const PATIENCE = 180;

export const said = ({ stdout, stderr }: Result) => `${stdout}\n${stderr}`;

/** A stack of one server whose requests go through a proxy. */
export async function proxied(name: string): Promise<{ stack: Stack; proxy: FaultProxy }> {
  const clouds = tempPath("clouds.yaml");
  const proxy = await FaultProxy.forClouds(labPaths().cloudsFile, clouds);
  const config = { servers: { [name]: {} } };
  return { stack: await Stack.open({ name, config, env: { OS_CLIENT_CONFIG_FILE: clouds } }), proxy };
}

/**
 * Runs `up` until its moment has come, and ends it then.
 *
 * @param aim brings about that `strike` is called at that moment; what waits for its promise is held until the run has ended
 * @param end @default all of it is killed
 */
export async function endedWhen(
  stack: Stack,
  aim: (strike: () => Promise<undefined>) => unknown,
  end: (run: Running) => Promise<unknown> = killAll,
): Promise<void> {
  const now = Promise.withResolvers<undefined>();
  const over = Promise.withResolvers<undefined>();
  const aimed = Promise.all([
    aim(() => {
      now.resolve(undefined);
      return over.promise;
    }),
  ]);
  const update = stack.startUp();
  const early = update.ended.then((result) => Promise.reject(new Error(`it ended before its moment: ${said(result)}`)));
  // It does end, later.
  early.catch(() => undefined);
  try {
    await Promise.race([now.promise, early, aimed.then(() => now.promise)]);
    await end(update);
  } catch (error) {
    await killAll(update);
    throw error;
  } finally {
    over.resolve(undefined);
  }
}

/** Aims at a request: before the cloud hears of it, or when it has acted and its answer is on the way. Either way, that is lost. */
export function atRequest(proxy: FaultProxy, asked: FaultMatch, moment: "before" | "after") {
  return (strike: () => Promise<undefined>) => {
    const fault = { kind: "cut", when: moment } as const;
    if (moment === "before") proxy.add(asked, fault, strike);
    else proxy.add(asked, fault, undefined, strike);
  };
}

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
