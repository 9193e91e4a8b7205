import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { execa } from "execa";

import { pulumiEnvironment } from "../../../toolchain/environment.ts";
import { toolchainPaths } from "../../../toolchain/paths.ts";
import { provideToolchain } from "../../../toolchain/toolchain.ts";

/** A program with a stack and a backend of its own, run by the CLI that set-up settled on. */
export interface TinyProgram {
  folder: string;
  /** Replaces the program. */
  write(source: string): Promise<void>;
  /** Runs the CLI; never throws for its exit code. `all` is both streams as a person sees them. */
  pulumi(...args: string[]): ReturnType<typeof run>;
  remove(): Promise<void>;
}

const MANIFEST = { type: "module", main: "index.ts", dependencies: { "@pulumi/command": "*", "@pulumi/pulumi": "*" } };

function run(file: string, args: string[], cwd: string, env: Record<string, string>) {
  return execa(file, args, { cwd, env, extendEnv: false, all: true, reject: false, stdin: "ignore" });
}

/**
 * Makes the program in a folder of its own, with the repository's packages, and inits its stack.
 *
 * @param more Environment of the CLI; with PULUMI_BACKEND_URL the state is not in that folder.
 */
export async function tinyProgram(source: string, more: Record<string, string> = {}): Promise<TinyProgram> {
  const toolchain = await provideToolchain(console.error);
  const paths = toolchainPaths();
  const folder = await mkdtemp(path.join(tmpdir(), "tiny-program-"));
  const backend = path.join(folder, "state");
  await mkdir(backend);
  const write = (text: string): Promise<void> => writeFile(path.join(folder, "index.ts"), text);
  await Promise.all([
    write(source),
    writeFile(path.join(folder, "package.json"), JSON.stringify(MANIFEST)),
    writeFile(
      path.join(folder, "Pulumi.yaml"),
      "name: tiny\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    ),
    symlink(path.join(paths.repository, "node_modules"), path.join(folder, "node_modules")),
  ]);
  const env = pulumiEnvironment(toolchain, paths, [], {
    ...process.env,
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: "tiny",
    PULUMI_STACK: "test",
    ...more,
  });
  const pulumi: TinyProgram["pulumi"] = (...args) => run(toolchain.pulumi, args, folder, env);
  const { exitCode, all } = await pulumi("stack", "init", "test", "--non-interactive");
  if (exitCode !== 0) throw new Error(all);
  return { folder, write, pulumi, remove: () => rm(folder, { recursive: true, force: true }) };
}
