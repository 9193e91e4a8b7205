/** The trees in the cache: each whole, in a folder named by suite, recipe and package versions. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { hashOf } from "../cache.ts";
import type { TreeRecipe } from "../releases/release.ts";

const manifestSchema = z.object({
  suite: z.string(),
  /** Hash of what the tree was made by, see {@link recipeHash}. */
  recipe: z.string(),
  /** ISO time at which it was made. */
  built: z.string(),
  /** Date of the suite's Release file: that of its packages. */
  archiveDate: z.string(),
  /** Version by package, of all that are installed. */
  versions: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface Tree extends Manifest {
  readonly dir: string;
}

/** Raised when trees must be made otherwise although their packages are the same. */
const MAKING = "1";

export const manifestFile = (dir: string): string => join(dir, "lab-tree.json");

export function recipeHash({ suite, packages, unpacked, kernel }: TreeRecipe): string {
  return hashOf([MAKING, suite, ...packages, "", ...unpacked, kernel]).slice(0, 8);
}

/** Name of a tree's folder. */
export function treeName({ suite, recipe, versions }: Pick<Manifest, "suite" | "recipe" | "versions">): string {
  const pairs = Object.entries(versions).map((pair) => pair.join("="));
  return `tree-${suite}-${recipe}-${hashOf(pairs.sort()).slice(0, 8)}`;
}

/** The whole trees of a suite, the newest first. What a build that was killed has left is none. */
export function treesOf(cacheDir: string, suite: string): Tree[] {
  if (!existsSync(cacheDir)) return [];
  return readdirSync(cacheDir)
    .filter((name) => name.startsWith(`tree-${suite}-`) && !name.includes(".making-"))
    .flatMap((name) => readTree(join(cacheDir, name)) ?? [])
    .sort((a, b) => b.built.localeCompare(a.built));
}

export function readTree(dir: string): Tree | undefined {
  if (!existsSync(manifestFile(dir))) return undefined;
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(manifestFile(dir), "utf8")));
  return parsed.success ? { ...parsed.data, dir } : undefined;
}
