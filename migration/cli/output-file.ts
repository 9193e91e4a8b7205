import { access, constants, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BadInput } from "../contract/request-input.ts";
import { fileName } from "../../text/file-name.ts";
import { toJson } from "../../text/visible.ts";

export const isFolder = async (path: string) =>
  await stat(path)
    .then((found) => found.isDirectory())
    .catch(() => false);

/**
 * Asks before the move whether a file can be written after it.
 *
 * @param option that names it. @example "--report"
 * @throws BadInput
 */
export async function mayWrite(option: string, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const folder = (await isFolder(path)) ? path : dirname(path);
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const problem = `${folder} is not a writable directory (${code})`;
    throw new BadInput([{ path: option, value: path, problem, fix: "create it, or name a file in another one" }]);
  }
}

/**
 * For what several servers write: a file would hold the last one's alone.
 *
 * @param option that names it. @example "--report"
 * @throws BadInput
 */
export async function mustBeFolder(option: string, path: string | undefined): Promise<void> {
  if (path === undefined || (await isFolder(path))) return;
  const problem = "not a directory; with several servers, one file per server is written";
  throw new BadInput([{ path: option, value: path, problem, fix: "create it, or name an existing one" }]);
}

/** The file itself, or in a folder, which runs share (as under Pulumi), one below a name of the server's own. */
export async function outputFile(path: string, server: string, extension: string): Promise<string> {
  return (await isFolder(path)) ? join(path, `live-migrate-${fileName(server)}.${extension}`) : path;
}

/** Writes a record, or why there is none; whole or not at all, for others may read the folder meanwhile. */
export async function writeDocument(path: string, server: string, document: object): Promise<void> {
  const file = await outputFile(path, server, "json");
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, `${toJson(document)}\n`);
  await rename(partial, file);
}
