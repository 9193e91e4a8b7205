import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashOf, makeOnce } from "../../../lab/cache.ts";
import { withLock } from "../../../lab/lock.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lab-cache-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe("the cache", () => {
  test("the hash tells parts apart, not only their text", () => {
    expect(hashOf(["ab", "c"])).not.toBe(hashOf(["a", "bc"]));
    expect(hashOf(["a"])).toBe(hashOf(["a"]));
  });

  test("a thing is made once", async () => {
    let made = 0;
    const make = async (to: string): Promise<void> => {
      made++;
      await Promise.resolve();
      writeFileSync(`${to}/file`, "");
    };
    await makeOnce(`${dir}/thing`, make);
    await makeOnce(`${dir}/thing`, make);
    expect(made).toBe(1);
    expect(existsSync(`${dir}/thing/file`)).toBe(true);
  });

  test("a failure leaves nothing that looks made", async () => {
    await expect(makeOnce(`${dir}/thing`, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe("the lock", () => {
  test("keeps a second command out and is free after the first", async () => {
    await withLock(dir, async () => {
      await expect(withLock(dir, () => Promise.resolve())).rejects.toThrow(/another `lab` command/);
      await expect(withLock(`${dir}/other`, () => Promise.resolve(1))).resolves.toBe(1);
    });
    await expect(withLock(dir, () => Promise.resolve(2))).resolves.toBe(2);
  });
});
