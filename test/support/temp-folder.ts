import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

let root: string | undefined;
let count = 0;

afterAll(() => {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

/** A path of its own below a folder that goes with this test file; nothing is there yet. */
export function tempPath(name: string): string {
  root ??= mkdtempSync(join(tmpdir(), "live-migrate-test-"));
  count += 1;
  return join(root, `${count} ${name}`);
}

/** An empty folder of its own that goes with this test file. */
export function tempFolder(name = "folder"): string {
  const path = tempPath(name);
  mkdirSync(path);
  return path;
}
