/** The tree of a lab: found in the cache or made, and remembered by the lab. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../files.ts";
import { withLock } from "../lock.ts";
import { installedVersions } from "../packages.ts";
import { paths } from "../paths.ts";
import { releaseOf } from "../releases/index.ts";
import { UNPACKED, type TreeRecipe } from "../releases/release.ts";
import { LabError } from "../shell.ts";
import type { Lab } from "../settings.ts";
import { buildTree } from "./build.ts";
import { mirror } from "./mirror.ts";
import { readTree, recipeHash, treesOf, type Tree } from "./trees.ts";

/**
 * The tree that a lab runs in: one that its recipe has made, or a new one.
 * If none can be made, an older one of the suite is taken and `note` told so.
 * @throws LabError when there is no tree and none can be made.
 */
export async function provideTree(
  lab: Pick<Lab, "cacheDir" | "stateDir">,
  recipe: TreeRecipe,
  say: (what: string) => void,
  note: (line: string) => void,
  make: Make = makeTree,
): Promise<Tree> {
  const { cacheDir } = lab;
  const tree = whole(cacheDir, recipe) ?? (await made(cacheDir, recipe, note, () => make(recipe, cacheDir, say)));
  writeWhole(paths(lab).tree, JSON.stringify({ dir: tree.dir }));
  return tree;
}

const whole = (cacheDir: string, recipe: TreeRecipe): Tree | undefined =>
  treesOf(cacheDir, recipe.suite).find((tree) => tree.recipe === recipeHash(recipe));

/** Makes a tree and returns its folder. */
type Make = (recipe: TreeRecipe, cacheDir: string, say: (what: string) => void) => Promise<string>;

const makeTree: Make = (recipe, cacheDir, say) => {
  const from = mirror();
  if (from === undefined) throw new LabError("no Debian mirror is known: set LAB_MIRROR");
  return withLock(
    join(cacheDir, recipe.suite),
    () => buildTree(recipe, from, cacheDir, say),
    `making the tree of ${recipe.suite}`,
  );
};

async function made(
  cacheDir: string,
  recipe: TreeRecipe,
  note: (line: string) => void,
  make: () => Promise<string>,
): Promise<Tree> {
  try {
    const tree = readTree(await make());
    if (tree === undefined) throw new LabError("the tree was made and is not whole");
    return tree;
  } catch (error) {
    const [older] = treesOf(cacheDir, recipe.suite);
    if (!(error instanceof LabError) || older === undefined) throw error;
    const [why = ""] = error.message.split("\n");
    note(`${recipe.suite} cannot be installed now (${why}); the tree of ${older.archiveDate} is used`);
    return older;
  }
}

/** The tree that a lab was brought up in. @throws LabError if it is not there any more. */
export function treeOf(lab: Pick<Lab, "stateDir">): Tree {
  const file = paths(lab).tree;
  const { dir } = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { dir: string }) : { dir: "" };
  const tree = dir === "" ? undefined : readTree(dir);
  if (tree === undefined) throw new LabError(`the lab's tree is gone (${dir || "none was made"}): \`lab up\` makes it`);
  return tree;
}

/** Versions of packages, in the lab's tree or on the machine. */
export async function packageVersions(lab: Lab, names: readonly string[]): Promise<Map<string, string>> {
  if (releaseOf(lab).tree === undefined) return installedVersions(names);
  const { versions } = treeOf(lab);
  return new Map(names.flatMap((name) => (versions[name] === undefined ? [] : [[name, versions[name]]])));
}

/** The folder that a lab's programs see as their root: its tree's, or the machine's as an empty text. */
export const fileRoot = (lab: Pick<Lab, "release" | "stateDir">): string =>
  releaseOf(lab).tree === undefined ? "" : treeOf(lab).dir;

/** Where the tree keeps the files of packages that are unpacked only. */
export const unpackedIn = (tree: Tree): string => join(tree.dir, UNPACKED);
