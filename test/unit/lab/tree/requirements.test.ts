import { describe, expect, it } from "vitest";
import { treeProblems, type TreeFacts } from "../../../../lab/tree/requirements.ts";

const GOOD: TreeFacts = {
  suite: "trixie",
  cached: undefined,
  missing: [],
  missingToMake: [],
  debootstrap: false,
  aptGet: true,
  mirror: { url: "http://mirror.example/debian", keyring: "/keys.gpg" },
  keyringReadable: true,
  cacheDir: "/cache",
  cacheDiskMiB: 10_000,
};

describe("what a tree needs of the machine", () => {
  it("is there on a Debian without debootstrap, and elsewhere with it", () => {
    expect(treeProblems(GOOD)).toEqual([]);
    expect(treeProblems({ ...GOOD, aptGet: false, debootstrap: true })).toEqual([]);
  });

  it.each<[string, Partial<TreeFacts>, RegExp]>([
    ["a program", { missing: ["nsenter"] }, /no program `nsenter`: install util-linux/],
    ["a program of debootstrap", { missingToMake: ["gpgv"] }, /no program `gpgv`: install gpgv/],
    ["debootstrap", { aptGet: false }, /install debootstrap/],
    ["a mirror", { mirror: undefined }, /LAB_MIRROR .* trixie, and LAB_KEYRING/],
    ["the mirror's keys", { keyringReadable: false }, /\/keys\.gpg: set LAB_KEYRING/],
    ["room", { cacheDiskMiB: 100 }, /100 MiB free for \/cache, 3500 needed/],
  ])("is told when there is not %s", (_, fact, message) => {
    const found = treeProblems({ ...GOOD, ...fact });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it("is told all at once", () => {
    const bare = {
      missing: ["ip", "nsenter"],
      missingToMake: ["wget"],
      aptGet: false,
      mirror: undefined,
      cacheDiskMiB: 0,
    };
    expect(treeProblems({ ...GOOD, ...bare })).toHaveLength(6);
  });

  it("is only what entering takes once a tree is in the cache", () => {
    const facts = { ...GOOD, missing: ["ip"], missingToMake: ["wget"], mirror: undefined, cacheDiskMiB: 0 };
    expect(treeProblems({ ...facts, cached: "this" })).toEqual([expect.stringMatching(/`ip`/)]);
    expect(treeProblems({ ...facts, cached: "older" })).toHaveLength(1);
  });
});
