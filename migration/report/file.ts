import { readFile, writeFile } from "node:fs/promises";
import { mayWrite, outputFile } from "../cli/output-file.ts";
import { readRecord, type MigrationRecord } from "../contract/record.ts";
import { BadInput } from "../contract/request-input.ts";
import type { Trace } from "./trace-data.ts";

/**
 * Asks before the move whether the report can be written after it.
 *
 * @throws BadInput
 */
export async function mayWriteReport(path: string | undefined): Promise<void> {
  await mayWrite("--report", path);
}

/**
 * Writes the page of a run to a file, or into a folder below a name of the server's own (several runs at once, as under
 * Pulumi, can share a folder). Returns the file's path.
 */
export async function writeReport(path: string, record: MigrationRecord, trace: Trace): Promise<string> {
  const file = await outputFile(path, record.server.id, "html");
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
  const fail = (problem: string) => {
    const fix = "name a file with the output of `live-migrate run --json`";
    return new BadInput([{ path: "RECORD", value: path, problem, fix }]);
  };
  let text: string;
  try {
    text = await (path === "-" ? (await import("node:stream/consumers")).text(process.stdin) : readFile(path, "utf8"));
  } catch (error) {
    throw fail(`cannot be read: ${(error as Error).message}`);
  }
  const read = readRecord(text);
  if (!read.ok) throw fail(`holds no record: ${read.reason}`);
  const { reportPage } = await import("./page.ts");
  return reportPage(read.record);
}
