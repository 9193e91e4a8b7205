import { NO_REASON } from "../../migration/verify/check.ts";
import { describeKind } from "../../migration/contract/kind.ts";
import { isUnproven, type Check, type MigrationRecord, type Outcome } from "../../migration/contract/record.ts";
import { diagram, type ArrowKind } from "../comment/diagram.ts";
import { code, preformatted, prose } from "../../text/markdown.ts";
import type { Block } from "../comment/fit.ts";
import { marker } from "../comment/marker.ts";
import { byName, counted, folded, joinWords, titled } from "../comment/parts.ts";
import { areDone, hostParts, maintenanceProblems, maintenanceTable } from "./maintenance.ts";
import type { MaintenanceDocument } from "../../migration/contract/maintenance.ts";
import type { Result } from "./records.ts";
import type { UpLog } from "./log.ts";

/** What `up` left behind. */
export interface UpInputs {
  stack: string;
  results: readonly Result[];
  log: UpLog;
  /** Of `pulumi up`. */
  exitCode: number;
}

/** The comment about an `up`: the verdict, what failed, then a row for each server. Pure. */
export function upComment({ stack, results, log, exitCode }: UpInputs): Block[] {
  const records = results.flatMap((result) => (result.kind === "record" ? [result.record] : [])).sort(byUrgency);
  const failures = results.flatMap((result) => (result.kind === "failure" ? [result] : []));
  const maintenances = results.flatMap((result) => (result.kind === "maintenance" ? [result.document] : []));
  const badHosts = maintenances.filter((one) => one.exitCode !== 0);
  const bad = records.filter(({ outcome }) => !isDone(outcome));
  const failedChecks = records.flatMap(({ server, checks }) => linesOf(server.name, checks, "failed"));
  const notChecked = records.flatMap(({ server, checks }) => linesOf(server.name, checks, "not-checked"));
  const failed = exitCode !== 0;
  // Records report refused and failed moves; Pulumi's own messages are needed only for anything else.
  const unexplained = failed && bad.length + failures.length + badHosts.length === 0;
  return [
    { lines: [marker("up", stack)] },
    { lines: [headline(stack, records, { failures: failures.length, maintenances, failed })] },
    { lines: titled("Failed checks", failedChecks), head: 2 },
    {
      lines: titled("What went wrong", [
        ...bad.map(({ server, summary }) => `- ${code(server.name)}: ${prose(summary)}`),
        ...badHosts.flatMap(maintenanceProblems),
        ...failures.map(({ server, message }) => `- ${server === null ? "" : `${code(server)}: `}${prose(message)}`),
      ]),
      head: 2,
    },
    ...(unexplained && log.diagnostics.length > 0
      ? [{ lines: preformatted(log.diagnostics.join("\n")), head: 2 }]
      : []),
    { lines: maintenanceTable(maintenances), head: 2 },
    { lines: table(records), head: 2 },
    { lines: picture(records), whole: true },
    { lines: titled("Not checked", notChecked), head: 2 },
    ...(failed && !unexplained && log.diagnostics.length > 0
      ? [{ lines: folded("What Pulumi said", preformatted(log.diagnostics.join("\n"))), head: 4 }]
      : []),
    { lines: log.resources.length === 0 ? [] : [`Resources: ${log.resources.map(prose).join(", ")}.`] },
    { lines: ids(records), head: 6 },
  ];
}

const isDone = (outcome: Outcome) => outcome === "migrated" || outcome === "already-there" || outcome === "away";

function headline(
  stack: string,
  records: readonly MigrationRecord[],
  {
    failures,
    maintenances,
    failed,
  }: { failures: number; maintenances: readonly MaintenanceDocument[]; failed: boolean },
): string {
  const count = (outcome: Outcome) => records.filter((record) => record.outcome === outcome).length;
  const needy = count("needs-attention");
  const unproven = records.filter(isUnproven).length;
  const cold = records.filter(({ outcome, kind }) => outcome === "migrated" && kind === "cold").length;
  const parts = [
    ...counted(needy, "server NEEDS A HUMAN", "servers NEED A HUMAN"),
    ...counted(
      count("failed"),
      "move failed (the server is intact where it was)",
      "moves failed (the servers are intact where they were)",
    ),
    ...counted(count("refused"), "move was refused, nothing was sent", "moves were refused, nothing was sent"),
    ...counted(count("still-running") - unproven, "server is still migrating", "servers are still migrating"),
    ...counted(unproven, "server is not wholly verified", "servers are not wholly verified"),
    ...counted(failures, "server has no record", "servers have no record"),
    ...hostParts(maintenances),
    ...counted(count("migrated") - cold, "server moved live", "servers moved live"),
    ...counted(cold, "server moved cold", "servers moved cold"),
    ...counted(count("away"), "server is away from its closed host", "servers are away from their closed hosts"),
    ...counted(count("already-there"), "server verified where it was", "servers verified where they were"),
  ];
  const unchecked = records.flatMap(({ checks }) => checks).filter(({ outcome }) => outcome === "not-checked").length;
  const open = counted(unchecked, "check", "checks").map((checks) => `; ${checks} could not be made`);
  const nothing = failed ? "no server was moved" : "applied, no server was moved";
  const what = parts.length === 0 ? nothing : joinWords(parts);
  const good = !failed && failures === 0 && records.every(({ outcome }) => isDone(outcome)) && areDone(maintenances);
  const sign = good ? "✅" : needy > 0 ? "🛑" : "⛔";
  return `### ${sign} ${code(stack)}: ${failed ? "`pulumi up` failed; " : ""}${what}${open.join("")}`;
}

function linesOf(server: string, checks: readonly Check[], wanted: "failed" | "not-checked"): string[] {
  return checks
    .filter(({ outcome }) => outcome === wanted)
    .map(({ check, subject, expected, observed, reason = NO_REASON, fix }) => {
      const what = `- ${code(server)}: ${code(check)}${subject === undefined ? "" : ` of ${code(subject)}`}`;
      const why = fix === undefined ? prose(reason) : `${prose(reason)}. **Fix:** ${prose(fix)}`;
      if (wanted === "not-checked") return `${what}: ${why}`;
      return `${what} is ${code(observed)} instead of ${code(expected)}: ${why}`;
    });
}

function table(records: readonly MigrationRecord[]): string[] {
  if (records.length === 0) return [];
  return [
    "| Server | Outcome | From → to | Zone | Runs on | Downtime | Took | Checks: passed / failed / not checked |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...records.map((record) => {
      const { server, outcome, source, destination, current, downtime, timings, checks, adopted, kind } = record;
      const count = (wanted: Check["outcome"]) => checks.filter((check) => check.outcome === wanted).length;
      const nova = timings.novaSeconds === null ? "" : ` (Nova: ${seconds(timings.novaSeconds)})`;
      const cells = [
        code(server.name),
        (isUnproven(record)
          ? "⚠️ not wholly verified"
          : outcome === "migrated" && kind
            ? `✅ moved ${describeKind(kind)}`
            : OUTCOMES[outcome]) + (adopted ? ", begun by an earlier run" : ""),
        outcome === "already-there" || outcome === "away" ? "–" : `${name(source.host)} → ${name(destination.host)}`,
        source.availabilityZone === destination.availabilityZone
          ? name(source.availabilityZone)
          : `${name(source.availabilityZone)} → ${name(destination.availabilityZone)}`,
        name(current.host),
        downtime === null ? "not measured" : `${downtime.milliseconds} ms`,
        `${seconds(timings.totalSeconds)}${nova}`,
        `${count("passed")} / ${count("failed") > 0 ? `**${count("failed")}**` : "0"} / ${count("not-checked")}`,
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

const name = (text: string | null) => (text === null ? "?" : code(text));
const seconds = (value: number) => `${value.toFixed(1)} s`;

const OUTCOMES: Record<Outcome, string> = {
  migrated: "✅ moved live",
  "already-there": "✅ already on target",
  away: "✅ away: its host is closed",
  refused: "⛔ refused",
  failed: "⛔ failed, intact",
  "needs-attention": "🛑 NEEDS A HUMAN",
  "still-running": "⚠️ still running",
};

/** On the arrow of a move. */
const NOTES: Partial<Record<Outcome, string>> = {
  refused: "refused",
  failed: "failed",
  "needs-attention": "needs a human",
  "still-running": "still running",
};

const ARROW: Record<Outcome, ArrowKind | undefined> = {
  migrated: "moves",
  "already-there": undefined,
  away: undefined,
  refused: "blocked",
  failed: "blocked",
  "needs-attention": "unsure",
  "still-running": "unsure",
};

function picture(records: readonly MigrationRecord[]): string[] {
  return diagram(
    records.flatMap((record) => {
      const { server, source, destination, outcome } = record;
      const kind = ARROW[outcome];
      if (kind === undefined) return [];
      const spot = ({ host, availabilityZone: zone }: typeof source) => ({ host, zone });
      const note = isUnproven(record) ? "not wholly verified" : NOTES[outcome];
      return [{ server: server.name, from: spot(source), to: spot(destination), kind, ...(note && { note }) }];
    }),
  );
}

/** Ids to search Nova's logs for. */
function ids(records: readonly MigrationRecord[]): string[] {
  const rows = records.map(({ server, migration, requestId }) => {
    const cells = [code(server.name), code(server.id), migration ? code(migration.uuid ?? `${migration.id}`) : "–"];
    return `| ${[...cells, name(requestId).replace("?", "–")].join(" | ")} |`;
  });
  if (rows.length === 0) return [];
  return folded("Ids", ["| Server | Id | Migration | Request |", "| --- | --- | --- | --- |", ...rows]);
}

const URGENCY: Outcome[] = [
  "needs-attention",
  "failed",
  "still-running",
  "refused",
  "migrated",
  "away",
  "already-there",
];
const byUrgency = (a: MigrationRecord, b: MigrationRecord) =>
  URGENCY.indexOf(a.outcome) - URGENCY.indexOf(b.outcome) || byName(a.server.name, b.server.name);
