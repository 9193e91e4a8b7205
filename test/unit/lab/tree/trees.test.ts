import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../../../lab/shell.ts";
import { removeLeftovers } from "../../../../lab/tree/build.ts";
import { provideTree, treeOf } from "../../../../lab/tree/provide.ts";
import { manifestFile, recipeHash, treeName, treesOf, type Manifest } from "../../../../lab/tree/trees.ts";

const recipe = {
  suite: "trixie",
  packages: ["python3-nova"],
  unpacked: ["nova-common"],
  kernel: "linux-image-cloud-amd64",
};
let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), "trees-"));
});
afterEach(() => {
  rmSync(cacheDir, { recursive: true });
});

function put(manifest: Partial<Manifest>, name?: string): string {
  const whole: Manifest = {
    suite: "trixie",
    recipe: recipeHash(recipe),
    built: "2026-11-01T00:00:00Z",
    archiveDate: "Sat, 21 Nov 2026",
    versions: { "python3-nova": "1" },
    ...manifest,
  };
  const dir = join(cacheDir, name ?? treeName(whole));
  mkdirSync(dir, { recursive: true });
  writeFileSync(manifestFile(dir), JSON.stringify(whole));
  return dir;
}

describe("the trees in the cache", () => {
  it("are named by suite, recipe and versions, whatever their order", () => {
    const versions = { a: "1", b: "2" };
    const name = (suite: string, recipe: string, versions: Record<string, string>) =>
      treeName({ suite, recipe, versions });
    expect(name("sid", "r", { b: "2", a: "1" })).toBe(name("sid", "r", versions));
    expect(new Set([name("sid", "r", versions), name("sid", "s", versions), name("sid", "r", { a: "1" })]).size).toBe(
      3,
    );
  });

  it("come newest first, those of other suites apart", () => {
    const old = put({ built: "2026-10-01T00:00:00Z", versions: { a: "1" } });
    const fresh = put({ built: "2026-11-02T00:00:00Z", versions: { a: "2" } });
    put({ suite: "sid" });
    expect(treesOf(cacheDir, "trixie").map(({ dir }) => dir)).toEqual([fresh, old]);
  });

  it("do not hold what an interrupted build has left, nor a folder without a whole manifest", () => {
    put({}, "tree-trixie-abc.making-1234");
    mkdirSync(join(cacheDir, "tree-trixie-abc-def"));
    const dir = join(cacheDir, "tree-trixie-abc-ghi");
    mkdirSync(dir);
    writeFileSync(manifestFile(dir), "{}");
    expect(treesOf(cacheDir, "trixie")).toEqual([]);
  });

  it("have another recipe when a package is added", () => {
    expect(recipeHash({ ...recipe, packages: [...recipe.packages, "runit"] })).not.toBe(recipeHash(recipe));
    expect(recipeHash({ ...recipe, packages: [], unpacked: ["python3-nova", "nova-common"] })).not.toBe(
      recipeHash(recipe),
    );
  });
});

describe("what killed builds have left", () => {
  it("goes with the next build of the suite; one that runs, trees and other suites stay", async () => {
    const gone = ["tree-sid-abc.making-4194305", "tree-sid-abc.making-4194305.tool"];
    const kept = [
      `tree-sid-abc.making-${process.pid}`,
      "tree-sid-abc-def",
      "tree-trixie-abc.making-4194305",
      "debs-sid",
    ];
    for (const name of [...gone, ...kept]) mkdirSync(join(cacheDir, name));
    await removeLeftovers(cacheDir, "sid");
    expect(readdirSync(cacheDir).sort()).toEqual(kept.sort());
  });
});

describe("a lab's tree", () => {
  const lab = () => ({ cacheDir, stateDir: join(cacheDir, "state") });
  const silent = () => undefined;

  it("is one that the recipe has made, and is remembered", async () => {
    const dir = put({});
    expect((await provideTree(lab(), recipe, silent, silent)).dir).toBe(dir);
    expect(treeOf(lab()).dir).toBe(dir);
  });

  it("is an older one of the suite, said in one line, where none can be made now", async () => {
    const dir = put({ recipe: "older" });
    const notes: string[] = [];
    const broken = () => Promise.reject(new LabError("E: Unable to correct problems\nand more"));
    const tree = await provideTree(lab(), recipe, silent, (line) => notes.push(line), broken);
    expect(tree.dir).toBe(dir);
    expect(notes).toEqual([
      "trixie cannot be installed now (E: Unable to correct problems); the tree of Sat, 21 Nov 2026 is used",
    ]);
    expect(treesOf(cacheDir, "trixie")).toHaveLength(1);
  });

  it("cannot be had where none can be made and there is no older one", async () => {
    const broken = () => Promise.reject(new LabError("E: Unable to correct problems"));
    await expect(provideTree(lab(), recipe, silent, silent, broken)).rejects.toThrow("E: Unable to correct problems");
  });

  it("is told to be gone when its folder was removed", async () => {
    const dir = put({});
    await provideTree(lab(), recipe, silent, silent);
    rmSync(dir, { recursive: true });
    expect(() => treeOf(lab())).toThrow(/the lab's tree is gone .*`lab up` makes it/);
  });
});
