/**
 * `npm run up:keep -- TO FROM…`: copies what an `up` left, files and those of folders, into a folder that others may
 * read, without secrets. Copies, so that nothing is there that was not looked through. What is not there is left out.
 */
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ownRedactor } from "./secrets/known.ts";
import { hideIn } from "./secrets/redact.ts";
import { toStderr } from "../text/print.ts";

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(path, name));
}

const [to, ...from] = process.argv.slice(2);
if (to === undefined || from.length === 0) {
  toStderr("usage: npm run up:keep -- TO FROM…");
  process.exit(2);
}
const hide = await ownRedactor(process.env);
const files = (await Promise.all(from.map(filesOf))).flat();
if (files.length > 0) await mkdir(to, { recursive: true });
for (const file of files) await writeFile(join(to, basename(file)), hideIn(await readFile(file, "utf8"), hide));
