import { access, constants, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { previousRecord } from "../previous.ts";
import type { MigrationRecord } from "../record.ts";
import { BadInput } from "../request-input.ts";
import type { Trace } from "./trace-data.ts";

const isFolder = async (path: string) =>
  await stat(path)
    .then((found) => found.isDirectory())
    .catch(() => false);

/**
 * Asks before the move whether the report can be written after it.
 *
 * @throws BadInput
 */
export async function mayWriteReport(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const folder = (await isFolder(path)) ? path : dirname(path);
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const problem = `${folder} is no folder that can be written to (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
    throw new BadInput([{ path: "--report", value: path, problem, fix: "make it, or name a file in another folder" }]);
  }
}

/**
 * Writes the page of a run to a file, or into a folder below a name of the server's own (several runs at once, as under
 * Pulumi, can share a folder). Returns the file's path.
 */
export async function writeReport(path: string, record: MigrationRecord, trace: Trace): Promise<string> {
  const file = (await isFolder(path)) ? join(path, `live-migrate-${encodeURIComponent(record.server.id)}.html`) : path;
  // Drawing takes as long to load as all the rest of the command.
  const { reportPage } = await import("./page.ts");
  await writeFile(file, reportPage(record, trace));
  return file;
}

/**
 * The page of a record that was kept as JSON. "-" reads standard input.
 *
 * @throws BadInput if the file is no record.
 */
export async function reportOf(path: string): Promise<string> {
  const fail = (problem: string) =>
    new BadInput([
      { path: "RECORD", value: path, problem, fix: "name a file with the output of `live-migrate run --json`" },
    ]);
  let text: string;
  try {
    text = await readFile(path === "-" ? "/dev/stdin" : path, "utf8");
  } catch (error) {
    throw fail(`cannot be read: ${(error as Error).message}`);
  }
  const record = previousRecord(text);
  if (record === null) throw fail("holds no record of schemaVersion 1");
  const { reportPage } = await import("./page.ts");
  return reportPage(record);
}
