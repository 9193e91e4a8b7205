import { NO_REASON } from "../../migration/check-texts.ts";
import { diagram, type ArrowKind } from "../comment/diagram.ts";
import { code, preformatted, prose } from "../escape.ts";
import type { Block } from "../comment/fit.ts";
import { marker } from "../comment/marker.ts";
import type { Result, ResultCheck, ResultRecord } from "./records.ts";
import type { UpLog } from "./log.ts";
import { counted, HEADS, joinWords, NOTES, OUTCOMES, TITLES, words } from "../words.ts";

/** What `up` left behind. */
export interface UpInputs {
  stack: string;
  results: readonly Result[];
  log: UpLog;
  /** Of `pulumi up`. */
  exitCode: number;
}

type Outcome = ResultRecord["outcome"];

/** What a person reads of an `up`: the verdict first, then what failed, then a record for each server. Pure. */
export function upComment({ stack, results, log, exitCode }: UpInputs): Block[] {
  const records = results.flatMap((result) => (result.kind === "record" ? [result.record] : [])).sort(byUrgency);
  const failures = results.flatMap((result) => (result.kind === "failure" ? [result] : []));
  const bad = records.filter(({ outcome }) => !isDone(outcome));
  const failedChecks = records.flatMap(({ server, checks }) => linesOf(server.name, checks, "failed"));
  const notChecked = records.flatMap(({ server, checks }) => linesOf(server.name, checks, "not-checked"));
  const failed = exitCode !== 0;
  // A refused or failed move is told by its record; only what else went wrong needs Pulumi's own words.
  const untold = failed && bad.length + failures.length === 0;
  return [
    { lines: [marker("up", stack)] },
    { lines: [headline(stack, records, failures.length, failed)] },
    { lines: titled(TITLES.failed, failedChecks), head: 2 },
    {
      lines: titled(TITLES.wrong, [
        ...bad.map(({ server, summary }) => `- ${code(server.name)}: ${prose(summary)}`),
        ...failures.map(({ server, message }) => `- ${server === null ? "" : `${code(server)}: `}${prose(message)}`),
      ]),
      head: 2,
    },
    ...(untold && log.diagnostics.length > 0 ? [{ lines: preformatted(log.diagnostics.join("\n")), head: 2 }] : []),
    { lines: table(records), head: 2 },
    { lines: picture(records), whole: true },
    { lines: titled(TITLES["not-checked"], notChecked), head: 2 },
    ...(failed && !untold && log.diagnostics.length > 0
      ? [{ lines: folded(TITLES.pulumi, preformatted(log.diagnostics.join("\n"))), head: 4 }]
      : []),
    { lines: log.resources.length === 0 ? [] : [`Resources: ${log.resources.map(prose).join(", ")}.`] },
    { lines: ids(records), head: 6 },
  ];
}

const isDone = (outcome: Outcome) => outcome === "migrated" || outcome === "already-there";

function headline(stack: string, records: readonly ResultRecord[], failures: number, failed: boolean): string {
  const count = (outcome: Outcome) => records.filter((record) => record.outcome === outcome).length;
  const needy = count("needs-attention");
  const parts = [
    counted(needy, "needs-attention"),
    counted(count("failed"), "failed"),
    counted(count("refused"), "refused"),
    counted(count("still-running"), "still-running"),
    counted(failures, "no-record"),
    counted(count("migrated"), "migrated"),
    counted(count("already-there"), "already-there"),
  ].filter((part) => part !== "");
  const unchecked = records.flatMap(({ checks }) => checks).filter(({ outcome }) => outcome === "not-checked").length;
  const open = unchecked > 0 ? words("checks-open", { checks: counted(unchecked, "checks") }) : "";
  const what = parts.length === 0 ? words(failed ? "nothing-moved" : "applied-only") : joinWords(parts);
  const good = !failed && failures === 0 && records.every(({ outcome }) => isDone(outcome));
  const sign = good ? "✅" : needy > 0 ? "🛑" : "⛔";
  return `### ${sign} ${code(stack)}: ${failed ? words("up-failed") : ""}${what}${open}`;
}

function linesOf(server: string, checks: readonly ResultCheck[], wanted: "failed" | "not-checked"): string[] {
  return checks
    .filter(({ outcome }) => outcome === wanted)
    .map(({ check, subject, expected, observed, reason = NO_REASON, fix }) => {
      const what = `- ${code(server)}: ${code(check)}${subject === undefined ? "" : ` of ${code(subject)}`}`;
      const why = fix === undefined ? prose(reason) : words("fix", { reason: prose(reason), fix: prose(fix) });
      if (wanted === "not-checked") return `${what}: ${why}`;
      return words("check-failed", { check: what, observed: code(observed), expected: code(expected), why });
    });
}

function table(records: readonly ResultRecord[]): string[] {
  if (records.length === 0) return [];
  return [
    ...HEADS.records,
    ...records.map(({ server, outcome, source, destination, current, downtime, timings, checks, adopted }) => {
      const count = (wanted: ResultCheck["outcome"]) => checks.filter((check) => check.outcome === wanted).length;
      const nova = timings.novaSeconds === null ? "" : ` (Nova: ${seconds(timings.novaSeconds)})`;
      const cells = [
        code(server.name),
        OUTCOMES[outcome] + (adopted ? words("begun-earlier") : ""),
        outcome === "already-there" ? "–" : `${name(source.host)} → ${name(destination.host)}`,
        source.availabilityZone === destination.availabilityZone
          ? name(source.availabilityZone)
          : `${name(source.availabilityZone)} → ${name(destination.availabilityZone)}`,
        name(current.host),
        downtime === null ? words("not-measured") : `${downtime.milliseconds} ms`,
        `${seconds(timings.totalSeconds)}${nova}`,
        `${count("passed")} / ${count("failed") > 0 ? `**${count("failed")}**` : "0"} / ${count("not-checked")}`,
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

const name = (text: string | null) => (text === null ? "?" : code(text));
const seconds = (value: number) => `${value.toFixed(1)} s`;

const ARROW: Record<Outcome, ArrowKind | undefined> = {
  migrated: "moves",
  "already-there": undefined,
  refused: "blocked",
  failed: "blocked",
  "needs-attention": "unsure",
  "still-running": "unsure",
};

function picture(records: readonly ResultRecord[]): string[] {
  return diagram(
    records.flatMap(({ server, source, destination, outcome }) => {
      const kind = ARROW[outcome];
      if (kind === undefined) return [];
      const spot = ({ host, availabilityZone: zone }: typeof source) => ({ host, zone });
      const note = NOTES[outcome];
      return [{ server: server.name, from: spot(source), to: spot(destination), kind, ...(note && { note }) }];
    }),
  );
}

/** What support and Nova's logs ask for. */
function ids(records: readonly ResultRecord[]): string[] {
  const rows = records.map(({ server, migration, requestId }) => {
    const cells = [code(server.name), code(server.id), migration ? code(migration.uuid ?? `${migration.id}`) : "–"];
    return `| ${[...cells, name(requestId).replace("?", "–")].join(" | ")} |`;
  });
  if (rows.length === 0) return [];
  return folded(TITLES.ids, [...HEADS.ids, ...rows]);
}

const folded = (title: string, lines: readonly string[]) => [
  "<details>",
  `<summary>${title}</summary>`,
  "",
  ...lines,
  "",
  "</details>",
];

const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [`#### ${title}`, "", ...lines]);

const URGENCY: Outcome[] = ["needs-attention", "failed", "still-running", "refused", "migrated", "already-there"];
const byUrgency = (a: ResultRecord, b: ResultRecord) =>
  URGENCY.indexOf(a.outcome) - URGENCY.indexOf(b.outcome) ||
  a.server.name.localeCompare(b.server.name, "en", { numeric: true });
