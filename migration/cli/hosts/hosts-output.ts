import { writeFile } from "node:fs/promises";
import type { DrainDocument } from "../../contract/drain.ts";
import { message } from "../../message.ts";
import { drainMetrics } from "../../report/drain/drain-metrics.ts";
import { mayWrite, outputFile, replaceFile } from "../output-file.ts";
import type { RawHosts } from "./hosts-input.ts";

type Files = Pick<RawHosts, "report" | "metrics">;

/** Checks before anything is changed whether the files can be written after it. @throws BadInput */
export async function mayWriteHostFiles({ report, metrics }: Files): Promise<void> {
  await mayWrite("--report", report);
  await mayWrite("--metrics", metrics);
}

/** Writes the page and the metrics of a drain. A failure is only a warning: the drain is done. */
export async function keepDrain(
  { report, metrics }: Files,
  document: DrainDocument,
  print: (text: string) => void,
): Promise<void> {
  const name = `drain-${document.hosts[0]?.host ?? ""}`;
  try {
    if (metrics !== undefined) await replaceFile(await outputFile(metrics, name, "prom"), drainMetrics(document));
  } catch (error) {
    print(
      `warning: ${message(`the metrics could not be written: ${(error as Error).message}`, "make the path writable; the next drain writes them")}`,
    );
  }
  try {
    if (report === undefined) return;
    const file = await outputFile(report, name, "html");
    // Drawing takes as long to load as all the rest of the command.
    const { drainPage } = await import("../../report/drain/drain-page.ts");
    await writeFile(file, drainPage(document));
    print(`report: ${file}`);
  } catch (error) {
    print(
      `warning: ${message(`the report could not be written: ${(error as Error).message}`, "make the path writable; `--json` has all that it shows")}`,
    );
  }
}
