import { existsSync } from "node:fs";
import { mkdir, readFile, readlink, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Toolchain } from "./environment.ts";
import { SetupError } from "./errors.ts";
import { findOnPath, missingPlugins } from "./found-on-path.ts";
import { buildKey, readSources } from "./key.ts";
import { toolchainPaths, type Paths } from "./paths.ts";
import { compareVersions, readVersions, type Plugin, type Versions } from "./versions.ts";

const NEEDED_NODE = "24";

/**
 * Settles on a Pulumi CLI with the plugins of the program: the one on PATH if it has them or can fetch them, else
 * one that is built from Go modules. Quick when that was settled before.
 *
 * @param report shows a line to the person who waits; nothing is said when there is nothing to wait for.
 * @throws SetupError when no CLI can be had, or node is too old.
 */
export async function provideToolchain(
  report: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  paths: Paths = toolchainPaths(env),
): Promise<Toolchain> {
  checkNode(process.versions.node);
  const [versions, sources] = await Promise.all([readVersions(paths.repository), readSources(paths.repository)]);
  const onPath = findOnPath("pulumi", env["PATH"], paths.cache);
  const hash = buildKey(sources, versions, `${process.platform}-${process.arch}`);
  const key = `${hash} ${onPath ?? "-"}`;
  const toolchain =
    (await settledBefore(key, versions, env, paths)) ?? (await settle(key, hash, onPath, versions, env, paths, report));
  await mkdir(paths.backend, { recursive: true });
  if (toolchain.kind === "built") {
    const built = path.join(path.dirname(toolchain.pulumi), "..", "plugins");
    await linkPlugins(versions.plugins, built, env["PULUMI_HOME"] ?? paths.pulumiHome);
  }
  return toolchain;
}

/** The choice of the last set-up, if it was made for the same things and still holds. */
async function settledBefore(
  key: string,
  { plugins }: Versions,
  env: NodeJS.ProcessEnv,
  paths: Paths,
): Promise<Toolchain | undefined> {
  const text = await readFile(paths.choice, "utf8").catch(() => "{}");
  const choice = JSON.parse(text) as Partial<Toolchain>;
  if (choice.key !== key || choice.pulumi === undefined || !existsSync(choice.pulumi)) return undefined;
  if (choice.kind === "path" && missingPlugins(plugins, env).length > 0) return undefined;
  return choice as Toolchain;
}

async function settle(
  key: string,
  hash: string,
  onPath: string | undefined,
  versions: Versions,
  env: NodeJS.ProcessEnv,
  paths: Paths,
  report: (line: string) => void,
): Promise<Toolchain> {
  const reason =
    onPath === undefined
      ? "there is no pulumi on PATH"
      : await (await import("./usable.ts")).whyUnusable(onPath, versions.plugins, env, report);
  let toolchain: Toolchain;
  if (onPath !== undefined && reason === undefined) {
    toolchain = { kind: "path", pulumi: onPath, key };
  } else {
    const target = path.join(paths.cache, hash);
    if (!existsSync(target)) {
      report(`${reason ?? ""}: building it from Go modules, once for this machine (some minutes)`);
      await buildUnderLock(target, versions, env, paths, report);
    }
    toolchain = { kind: "built", pulumi: path.join(target, "bin", "pulumi"), key };
  }
  await writeWhole(paths.choice, JSON.stringify(toolchain, undefined, 2) + "\n");
  return toolchain;
}

async function buildUnderLock(
  target: string,
  versions: Versions,
  env: NodeJS.ProcessEnv,
  paths: Paths,
  report: (line: string) => void,
): Promise<void> {
  const [{ build }, { withLock }] = await Promise.all([import("./build.ts"), import("./lock.ts")]);
  const onWait = (): void => {
    report("another set-up builds it: waiting for its end");
  };
  await withLock(paths.cache, onWait, () => build({ repository: paths.repository, versions, target, env }));
}

/** Puts built plugins where the CLI looks for plugins of a version. One that the user put there stays. */
async function linkPlugins(plugins: readonly Plugin[], built: string, home: string): Promise<void> {
  for (const { name, version } of plugins) {
    const target = path.join(built, `pulumi-resource-${name}`);
    const link = path.join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    const present = await readlink(link).catch(() => undefined);
    if (present === target || (present === undefined && existsSync(link))) continue;
    await mkdir(path.dirname(link), { recursive: true });
    const partial = `${link}.${process.pid}`;
    await symlink(target, partial);
    await rename(partial, link);
  }
}

function checkNode(version: string): void {
  if (compareVersions(version, NEEDED_NODE) >= 0) return;
  throw new SetupError(
    `node is ${version}, and the program needs ${NEEDED_NODE} or newer: run it through npm (\`npm ci\` brings a node), or install one`,
  );
}

/** Never leaves half a file. */
async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(partial, text);
  await rename(partial, file);
}
