/** What the machine must give a lab that brings its own root file system. Facts are gathered apart from the judgement. */
import { accessSync, constants, existsSync } from "node:fs";
import type { TreeRecipe } from "../releases/release.ts";
import { CLEAN_ENV } from "../shell.ts";
import { mirror, type Mirror } from "./mirror.ts";
import { recipeHash, treesOf } from "./trees.ts";

export interface TreeFacts {
  readonly suite: string;
  /** Whether this very tree is in the cache, or an older one of its suite. */
  readonly cached: "this" | "older" | undefined;
  /** Programs that are not there, of those that every `up` needs. */
  readonly missing: readonly string[];
  /** The same, of those that making a tree needs. */
  readonly missingToMake: readonly string[];
  readonly debootstrap: boolean;
  readonly aptGet: boolean;
  readonly mirror: Mirror | undefined;
  readonly keyringReadable: boolean;
  readonly cacheDir: string;
  readonly cacheDiskMiB: number;
}

/** MiB that a tree needs while it is made: itself, and the packages that were downloaded. */
const MAKING_MIB = 3500;

/** Program, and the package that has it in most distributions. */
const ALWAYS = { ip: "iproute2", unshare: "util-linux", nsenter: "util-linux", mount: "mount", chroot: "coreutils" };
const TO_MAKE = {
  ...{ setpriv: "util-linux", tar: "tar", xz: "xz-utils", wget: "wget", gpgv: "gpgv", perl: "perl" },
  ...{ sed: "sed", awk: "gawk or mawk" },
};

/** Every reason why the tree cannot be had or entered here, each with its fix. */
export function treeProblems(facts: TreeFacts): string[] {
  const list = facts.missing.map((name) => lacking(name, ALWAYS));
  if (facts.cached !== undefined) return list;
  list.push(...facts.missingToMake.map((name) => lacking(name, TO_MAKE)));
  if (!facts.debootstrap && !facts.aptGet)
    list.push("no debootstrap, and no apt-get to fetch it with: install debootstrap");
  if (facts.mirror === undefined)
    list.push(
      `no Debian mirror in /etc/apt: set LAB_MIRROR to the address of one that has ${facts.suite}, and LAB_KEYRING to the file of its keys`,
    );
  else if (!facts.keyringReadable)
    list.push(`the mirror's keys are not in ${facts.mirror.keyring}: set LAB_KEYRING to their file`);
  if (facts.cacheDiskMiB < MAKING_MIB)
    list.push(
      `${facts.cacheDiskMiB} MiB free for ${facts.cacheDir}, ${MAKING_MIB} needed to make the tree: make room, or set XDG_CACHE_HOME`,
    );
  return list;
}

const lacking = (name: string, packages: Readonly<Record<string, string>>): string =>
  `no program \`${name}\`: install ${packages[name] ?? name}`;

/** Looks at the machine without changing it. @param freeMiB below a folder */
export function gatherTree(
  recipe: TreeRecipe,
  cacheDir: string,
  freeMiB: (dir: string) => number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): TreeFacts {
  const trees = treesOf(cacheDir, recipe.suite);
  const from = mirror(env);
  const absent = (programs: object): string[] => Object.keys(programs).filter((name) => !isProgram(name));
  return {
    suite: recipe.suite,
    cached: trees.some((tree) => tree.recipe === recipeHash(recipe)) ? "this" : trees.length > 0 ? "older" : undefined,
    missing: absent(ALWAYS),
    missingToMake: absent(TO_MAKE),
    debootstrap: isProgram("debootstrap"),
    aptGet: isProgram("apt-get") && isProgram("dpkg-deb"),
    mirror: from,
    keyringReadable: from !== undefined && existsSync(from.keyring),
    cacheDir,
    cacheDiskMiB: freeMiB(cacheDir),
  };
}

function isProgram(name: string): boolean {
  return (CLEAN_ENV["PATH"] ?? "").split(":").some((dir) => {
    try {
      accessSync(`${dir}/${name}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
