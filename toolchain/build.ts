import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import path from "node:path";

import { execa, ExecaError } from "execa";
import type { ListrTask } from "listr2";

import { artifacts, goBuildArguments, type Artifact } from "./artifacts.ts";
import { SetupError } from "./errors.ts";
import { provideGo, type Go } from "./go.ts";
import { MODULES } from "./key.ts";
import { runSteps, throttled } from "./progress.ts";
import type { Versions } from "./versions.ts";

/** Module zips, their contents, the compiler's cache and what comes out: 3.5 GB when nothing is there yet. */
const NEEDED_GIB = 5;

export interface BuildInputs {
  repository: string;
  versions: Versions;
  /** Folder to make, which is there whole or not at all. */
  target: string;
  env: NodeJS.ProcessEnv;
}

interface Context {
  go?: Go;
  /** Number of packages behind each module. */
  packages: Partial<Record<string, number>>;
}

/**
 * Builds the toolchain into `target`, which may be there already. Call it under a lock.
 *
 * @throws SetupError when there is no Go, no room, no module proxy, or the compiler fails.
 */
export async function build({ repository, versions, target, env }: BuildInputs): Promise<void> {
  if (existsSync(target)) return;
  const parent = path.dirname(target);
  const partial = `${target}.partial`;
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  await mkdir(partial);
  await checkRoom(parent);
  const goEnv = { ...env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
  try {
    await runSteps<Context>({ packages: {} }, [
      {
        title: `Go ${versions.go} or newer`,
        task: async (context, task) => {
          context.go = await provideGo(versions.go, env, (line) => (task.output = line));
          task.title = `Go ${context.go.version}`;
        },
      },
      {
        title: "Go modules",
        task: async (context, task) => {
          const report = throttled((line) => (task.output = line));
          for (const module of MODULES) {
            const targets = artifacts(versions).filter((artifact) => artifact.module === module);
            const args = ["list", "-deps", ...targets.map((artifact) => artifact.target.package)];
            const listed = await runGo(context, args, path.join(repository, module), goEnv, report);
            context.packages[module] = listed.split("\n").length;
          }
        },
      },
      ...artifacts(versions).map((artifact) => buildStep(artifact, repository, partial, goEnv)),
    ]);
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function buildStep(artifact: Artifact, repository: string, folder: string, env: NodeJS.ProcessEnv): ListrTask<Context> {
  return {
    title: artifact.title,
    task: async (context, task) => {
      const all = context.packages[artifact.module] ?? 0;
      let compiled = 0;
      const report = throttled((text) => (task.output = text));
      await runGo(context, goBuildArguments(artifact, folder), path.join(repository, artifact.module), env, () => {
        compiled += 1;
        report(`${compiled} packages compiled, ${all} at most`);
      });
    },
  };
}

/** Runs go at low priority, and gives its output. `onLine` sees each line of what it says while it works. */
async function runGo(
  { go }: Context,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<string> {
  if (go === undefined) throw new Error("no Go was provided");
  const said: string[] = [];
  const running = execa("nice", ["-n", "5", go.command, ...args], { cwd, env, extendEnv: false, stdin: "ignore" });
  const listening = (async () => {
    for await (const line of running.iterable({ from: "stderr" })) {
      said.push(line);
      onLine(line);
    }
  })();
  try {
    return (await running).stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const end = said.filter((line) => !line.startsWith("go: downloading")).slice(-15);
    throw new SetupError(`go ${args[0] ?? ""} failed in ${cwd}:\n${end.join("\n")}`, { cause: error });
  } finally {
    await listening.catch(() => undefined); // the failure is that of `running`
  }
}

/** What a killed build left: no other one is under way, or the lock would not be ours. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (entry.endsWith(".partial")) await rm(path.join(parent, entry), { recursive: true, force: true });
  }
}

async function checkRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const gib = (bavail * bsize) / 2 ** 30;
  if (gib < NEEDED_GIB) {
    throw new SetupError(
      `${gib.toFixed(1)} GiB are free at ${folder}, and building the toolchain takes ${NEEDED_GIB}: make room, or set XDG_CACHE_HOME`,
    );
  }
}
