import { join } from "node:path";
import { execa } from "execa";

/** Builds `dist/` before the tests, so that none runs the command of an earlier state of the sources. */
export async function setup(): Promise<void> {
  const root = join(import.meta.dirname, "../..");
  await execa(process.execPath, [join(root, "scripts/build.ts")], { cwd: root });
}
