import type { Options } from "./options.ts";
import { mayWrite, writeDocument } from "./output-file.ts";
import type { MigrationRecord } from "../contract/record.ts";
import { mayWriteReport, writeReport } from "../report/file.ts";
import { message } from "../message.ts";
import type { Trace } from "../report/trace-data.ts";
import { toStderr } from "../../text/print.ts";

type Print = (text: string) => void;

/** @throws BadInput */
export async function mayWriteFiles({ report, record }: Options): Promise<void> {
  await mayWriteReport(report);
  await mayWrite("--record", record);
}

/** Writes the document of `--record`. A failure is only a warning: the move is done. */
export async function keep(
  { record }: Options,
  server: string,
  document: object,
  print: Print = toStderr,
): Promise<void> {
  if (record === undefined) return;
  try {
    await writeDocument(record, server, document);
  } catch (error) {
    print(
      `warning: ${message(`the record could not be written: ${(error as Error).message}`, "run `live-migrate verify` with --record and a writable path")}`,
    );
  }
}

/** Writes the page of `--report`. A failure is only a warning. */
export async function keepPage(
  { report }: Options,
  record: MigrationRecord,
  trace: Trace,
  print: Print = toStderr,
): Promise<void> {
  if (report === undefined) return;
  try {
    print(`report: ${await writeReport(report, record, trace)}`);
  } catch (error) {
    print(
      `warning: ${message(`the report could not be written: ${(error as Error).message}`, "make it from the record with `live-migrate report`")}`,
    );
  }
}
