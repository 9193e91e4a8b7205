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

/** Writes the document of `--record`; the server is where it is, with or without it. */
export async function keep(
  { record }: Options,
  server: string,
  document: object,
  say: Print = toStderr,
): Promise<void> {
  if (record === undefined) return;
  try {
    await writeDocument(record, server, document);
  } catch (error) {
    say(
      `warning: ${message(`the record could not be written: ${(error as Error).message}`, "`live-migrate verify` with --record makes one where it can be")}`,
    );
  }
}

/** Writes the page of `--report`; of that, too, the outcome does not depend. */
export async function keepPage(
  { report }: Options,
  record: MigrationRecord,
  trace: Trace,
  say: Print = toStderr,
): Promise<void> {
  if (report === undefined) return;
  try {
    say(`report: ${await writeReport(report, record, trace)}`);
  } catch (error) {
    say(
      `warning: ${message(`the report could not be written: ${(error as Error).message}`, "`live-migrate report` makes it from the record")}`,
    );
  }
}
