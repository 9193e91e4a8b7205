import type { Options } from "./options.ts";
import { mayWrite, outputFile, replaceFile, writeDocument } from "./output-file.ts";
import { EXIT_CODES, type MigrationRecord } from "../contract/record.ts";
import { mayWriteReport, writeReport } from "../report/file.ts";
import { metricsOf } from "../report/metrics.ts";
import { message } from "../message.ts";
import type { Trace } from "../report/trace-data.ts";
import { describeChecks } from "../verify/check.ts";
import { toStderr } from "../../text/print.ts";
import { toJson } from "../../text/visible.ts";

type Print = (text: string) => void;

/** The exit code of a command that ends with a record: an abort that left the server intact on its source did as asked. Pure. */
export const exitCodeOf = (command: string, { outcome }: Pick<MigrationRecord, "outcome">): number =>
  command === "abort" && outcome === "failed" ? 0 : EXIT_CODES[outcome];

/** The lines of a run's end, for either stream. Pure. */
export function shownOf(
  record: MigrationRecord,
  { json, jsonOnSuccess }: Pick<Options, "json" | "jsonOnSuccess">,
  exitCode: number,
): { stdout: string[]; stderr: string[] } {
  if (json ?? (jsonOnSuccess && exitCode === 0)) return { stdout: [toJson(record)], stderr: [record.summary] };
  if (!jsonOnSuccess) return { stdout: [record.summary, ...describeChecks(record)], stderr: [] };
  // Pulumi puts both streams into its error: there, people read what happened, and nothing that went well.
  const wrong = record.checks.filter(({ outcome }) => outcome !== "passed");
  return { stdout: [], stderr: [record.summary, ...describeChecks({ checks: wrong })] };
}

/** @throws BadInput */
export async function mayWriteFiles({ report, record, metrics }: Options): Promise<void> {
  await mayWriteReport(report);
  await mayWrite("--record", record);
  await mayWrite("--metrics", metrics);
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

/** Writes the file of `--metrics`. A failure is only a warning. */
export async function keepMetrics(
  { metrics }: Options,
  record: MigrationRecord,
  print: Print = toStderr,
): Promise<void> {
  if (metrics === undefined) return;
  try {
    await replaceFile(await outputFile(metrics, record.server.id, "prom"), metricsOf(record));
  } catch (error) {
    print(
      `warning: ${message(`the metrics could not be written: ${(error as Error).message}`, "make the path writable; the next run writes them")}`,
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
