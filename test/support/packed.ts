import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { TEST_STATE } from "./environment.ts";

const REPOSITORY = join(import.meta.dirname, "../..");

/** What `npm pack --json` tells. */
export interface Packed {
  filename: string;
  integrity: string;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

/** The package as `npm publish` would send it; with `PUBLISHED` set, such as `NAME@VERSION`, the one that it sent. */
export async function pack(): Promise<Packed & { tarball: string }> {
  const folder = join(TEST_STATE, "package");
  await mkdir(folder, { recursive: true });
  const published = process.env["PUBLISHED"] ?? "";
  const args = ["pack", "--json", "--pack-destination", folder, ...(published === "" ? [] : [published])];
  const { stdout } = await execa("npm", args, { cwd: REPOSITORY, stderr: "inherit" });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as Packed[];
  if (packed === undefined) throw new Error(stdout);
  return { ...packed, tarball: join(folder, packed.filename) };
}

/**
 * A project that has the package, and what users have beside it. It is kept, and serves again as long as the package is the same.
 *
 * @returns its folder; programs in folders below it find the packages as well
 */
export async function installed({ tarball, integrity }: Awaited<ReturnType<typeof pack>>): Promise<string> {
  const folder = join(TEST_STATE, "package", integrity.replaceAll(/\W/g, "").slice(0, 24));
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  await writeFile(join(partial, "package.json"), '{"private":true}');
  // The oldest provider that the package names, and no command of another Node.js than this one's.
  const packages = [tarball, "@pulumi/openstack@3.15.2", "typescript@5.9.3"];
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await execa("npm", ["install", ...options, ...packages], { cwd: partial, stdio: ["ignore", 2, 2] });
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return folder;
}
