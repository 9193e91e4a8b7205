import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import type { Versions } from "./versions.ts";

/** Raise it when the way of building changes what comes out, though no source does. */
export const RECIPE = 2;

/** A source file: its path from the repository, and its text. */
export type Source = readonly [file: string, text: string];

/** The Go modules that the toolchain is built from, from the repository's root. */
export const MODULES = ["toolchain/pulumi", "toolchain/openstack"] as const;

/**
 * Names what comes out of a build: the same for the same sources, versions and platform, in any checkout and in any
 * order of the files.
 *
 * @example buildKey(await readSources(repository), versions, "linux-x64") // "3f1c0a9be2d47c55"
 */
export function buildKey(sources: readonly Source[], versions: Versions, platform: string): string {
  const sorted = sources.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([RECIPE, platform, versions, sorted]))
    .digest("hex")
    .slice(0, 16);
}

/** Whether a file changes what is built: sources and locks do, tests and notes do not. */
export function isSource(file: string): boolean {
  return (file.endsWith(".go") && !file.endsWith("_test.go")) || /(^|\/)go\.(mod|sum)$/.test(file);
}

/** Reads what the toolchain is built from. */
export async function readSources(repository: string): Promise<Source[]> {
  const files = await Promise.all(
    MODULES.map(async (module) => {
      const inside = await readdir(path.join(repository, module), { recursive: true });
      return inside.map((file) => path.posix.join(module, file)).filter(isSource);
    }),
  );
  return Promise.all(
    files.flat().map(async (file) => [file, await readFile(path.join(repository, file), "utf8")] as const),
  );
}
