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
 * Checks before the move whether a file can be written after it.
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
 * Refuses a path that is not a directory: several servers would overwrite each other's file.
 *
 * @param option that names it. @example "--report"
 * @throws BadInput
 */
export async function mustBeFolder(option: string, path: string | undefined): Promise<void> {
  if (path === undefined || (await isFolder(path))) return;
  const problem = "not a directory; with several servers, one file per server is written";
  throw new BadInput([{ path: option, value: path, problem, fix: "create it, or name an existing one" }]);
}

/** The path itself; in a directory, a file named after the server, because runs may share the directory. */
export async function outputFile(path: string, server: string, extension: string): Promise<string> {
  return (await isFolder(path)) ? join(path, `live-migrate-${fileName(server)}.${extension}`) : path;
}

/** Writes a record, or the document that says why there is none; atomically, because others may read the directory. */
export async function writeDocument(path: string, server: string, document: object): Promise<void> {
  await replaceFile(await outputFile(path, server, "json"), `${toJson(document)}\n`);
}

/** Readers see the old text or the new one, never a part. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, file);
}
