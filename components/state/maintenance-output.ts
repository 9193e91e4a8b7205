import { readMaintenance, type MaintenanceDocument } from "../../migration/contract/maintenance.ts";
import { oneLine } from "../../text/visible.ts";

/**
 * Reads the document that the command wrote to its stdout.
 *
 * @throws {Error} for text that is none, or one of another version
 */
export function parseMaintenance(stdout: string): MaintenanceDocument {
  const document = readMaintenance(stdout);
  if (document !== null) return document;
  const output = JSON.stringify(stdout.slice(0, 200));
  const problem = `live-migrate printed no document of a maintenance of this version: ${output}`;
  const fix = "install the matching version of this program (`npm ci`, `npm run build`), then run this again";
  throw new Error(oneLine(`${problem}. Fix: ${fix}`));
}

/** Whether the document is newer than `since`; an older one was read back from the stack's state. */
export const isMaintenanceNews = ({ timings }: MaintenanceDocument, since: Date): boolean =>
  Date.parse(timings.finishedAt) >= since.getTime();

/** The messages that `up` shows: the summary, what differs from the review, what was not checked, the warnings. */
export function maintenanceMessages(document: MaintenanceDocument): { level: "info" | "warn"; text: string }[] {
  const unchecked = Object.entries(document.hosts).flatMap(([host, { checks }]) =>
    checks
      .filter(({ outcome }) => outcome === "not-checked")
      .map(({ check, reason }) => `not checked: ${check} of ${host} (${reason ?? "no reason is known"})`),
  );
  const compared = Object.entries(document.hosts).flatMap(([host, { sinceReview }]) =>
    sinceReview?.reviewed === null && sinceReview.reason !== null
      ? [`${host} was not compared with a review: ${sinceReview.reason}`]
      : [],
  );
  return [
    { level: "info", text: document.summary },
    ...compared.map((text) => ({ level: "info" as const, text })),
    ...unchecked.map((text) => ({ level: "info" as const, text })),
    ...document.findings
      .filter(({ severity }) => severity === "warning")
      .map(({ problem, value, fix }) => ({ level: "warn" as const, text: `${problem} (${value}): ${fix}` })),
  ];
}
