import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { fileName } from "../../../text/file-name.ts";
import { anyName, HOSTILE_NAMES } from "../../support/hostile-names.ts";

it("gives every name a file of its own in the folder, and no other folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  try {
    const inner = join(folder, "a", "b");
    for (const name of HOSTILE_NAMES) {
      // "wx": throws if another name has this file.
      writeFileSync(join(folder, `live-migrate-${fileName(name)}.json`), "", { flag: "wx" });
      expect(() => readdirSync(inner)).toThrow(/ENOENT/);
    }
    expect(readdirSync(folder)).toHaveLength(HOSTILE_NAMES.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("has neither separators nor what a shell, an archive or another file system takes for more", () => {
  fc.assert(
    fc.property(anyName, (name) => {
      expect(fileName(name)).toMatch(/^[\w~%][\w.~%-]{0,199}$/);
    }),
    { numRuns: 50 },
  );
});

it("keeps what is a plain name", () => {
  expect(["admin_vm01", "5e9e5a96-a56f-4225-8368-505f7bd579f5", "vm.1"].map(fileName)).toEqual([
    "admin_vm01",
    "5e9e5a96-a56f-4225-8368-505f7bd579f5",
    "vm.1",
  ]);
});

it("keeps long names apart that begin alike", () => {
  const names = ["a", "b"].map((end) => fileName("🚀".repeat(255) + end));
  expect(new Set(names).size).toBe(2);
});
