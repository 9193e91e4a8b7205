/** Things made once and used by every lab and checkout, each in a folder named by a hash of what it is made from. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./settings.ts";

/** Short hash of the parts, in their order. */
export function hashOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  // The length keeps ["ab", "c"] and ["a", "bc"] apart.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex").slice(0, 16);
}

export function cached(lab: Lab, kind: string, parts: readonly string[]): string {
  return join(lab.cacheDir, `${kind}-${hashOf(parts)}`);
}

/**
 * The folder with what `make` makes; made now if it is not there.
 * A killed run leaves only a folder of another name behind, never half a result.
 */
export async function makeOnce(dir: string, make: (dir: string) => Promise<void>): Promise<string> {
  if (existsSync(dir)) return dir;
  const fresh = `${dir}.making-${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  try {
    await make(fresh);
    // Another lab may have been quicker: its result is as good.
    if (!existsSync(dir)) renameSync(fresh, dir);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return dir;
}
