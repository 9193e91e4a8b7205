import { describeKind } from "../contract/kind.ts";
import { isUnproven, type Check, type MigrationRecord, type Outcome, type Place } from "../contract/record.ts";
import { drawMemory, drawTimeline, drawTopology } from "./draw.ts";
import { html, type Markup } from "../../text/html.ts";
import { framed } from "./framed.ts";
import { note, rows, section, table } from "./markup.ts";
import { STYLE } from "./style.ts";
import { seconds } from "./timeline.ts";
import { emptyTrace, type Trace } from "./trace-data.ts";

const OUTCOMES: Record<Outcome, { text: string; tone: "good" | "bad" | "open" }> = {
  "already-there": { text: "already there", tone: "good" },
  away: { text: "away from its host", tone: "open" },
  migrated: { text: "migrated", tone: "good" },
  refused: { text: "refused", tone: "bad" },
  failed: { text: "failed, intact on the source", tone: "bad" },
  "needs-attention": { text: "needs a human", tone: "bad" },
  "still-running": { text: "still running", tone: "open" },
};

const UNPROVEN = { text: "not wholly verified", tone: "open" } as const;

const CHECKS: Record<Check["outcome"], { text: string; order: number }> = {
  failed: { text: "✗ failed", order: 0 },
  "not-checked": { text: "○ not checked", order: 1 },
  passed: { text: "✓ passed", order: 2 },
};

const place = ({ host, availabilityZone }: Place) =>
  `${host ?? "host not visible"} (${availabilityZone ?? "zone unknown"})`;

function facts(record: MigrationRecord): Markup {
  const { timings, migration, downtime, requests, pin } = record;
  const nova = timings.novaSeconds === null ? "" : ` (Nova itself: ${timings.novaSeconds} s)`;
  const pinned = pin.known ? (pin.zone ?? "to no zone") : `unknown: ${pin.reason}`;
  const values: (readonly [string, string])[] = [
    ["Server", `${record.server.name} (${record.server.id})`],
    ["Source", place(record.source)],
    ["Destination", place(record.destination)],
    ["Runs on now", place(record.current)],
    [
      "Downtime",
      downtime === null
        ? "not measured"
        : `${downtime.milliseconds} ms (${downtime.probe} every ${downtime.intervalMilliseconds} ms)`,
    ],
    ["Took", `${seconds(timings.totalSeconds)}${nova}`],
    ["Began", timings.startedAt],
    ["Ended", timings.finishedAt],
    [
      "Migration",
      migration === null ? "none" : `${migration.id}: ${migration.status}${record.adopted ? ", adopted" : ""}`,
    ],
    ["Migration uuid", migration?.uuid ?? "—"],
    ["Kind", record.kind ? describeKind(record.kind) : "—"],
    ...(record.confirmation ? [["Confirmation", record.confirmation] as const] : []),
    ["Method", record.method ?? "—"],
    ["Request id", record.requestId ?? "—"],
    ["Pinned", pinned],
    ["Requests sent", `${requests.total}, of them ${requests.watching} while watching`],
  ];
  return html`<dl>
    ${values.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function checks(record: MigrationRecord): Markup {
  const sorted = [...record.checks].sort((a, b) => CHECKS[a.outcome].order - CHECKS[b.outcome].order);
  if (sorted.length === 0)
    return note("Nothing was verified in this run: nothing was moved, or the move has not ended.");
  const body = sorted.map(({ check, subject, expected, observed, outcome, reason, fix }) => [
    html`<b>${CHECKS[outcome].text}</b>`,
    subject === undefined ? html`${check}` : html`${check}<br /><small>${subject}</small>`,
    expected,
    observed,
    fix === undefined ? (reason ?? "") : html`${reason ?? ""}<br /><b>Fix:</b> ${fix}`,
  ]);
  return table(
    ["", "Check", "Expected", "Observed", "Why, and what to do"],
    rows(body, (i) => sorted[i]?.outcome ?? ""),
  );
}

function findings(record: MigrationRecord): Markup {
  if (record.findings.length === 0)
    return note("Nothing stood in the way, and nothing is to be known beside the move.");
  const body = record.findings.map(({ severity, path, value, problem, fix }) => [
    severity,
    `${path}: ${value}`,
    problem,
    fix,
  ]);
  return table(
    ["", "Where", "Problem", "Fix"],
    rows(body, (i) => record.findings[i]?.severity ?? ""),
  );
}

function volumes(record: MigrationRecord): Markup {
  const body = record.volumes.map(({ id, name, device, sizeGiB, bootable, status, attachments, attachedHosts }) => [
    name === null ? id : html`${name}<br /><small>${id}</small>`,
    device ?? "?",
    sizeGiB === null ? "?" : `${sizeGiB} GiB`,
    bootable === null ? "?" : bootable ? "yes" : "no",
    status ?? "?",
    attachments === null ? "not visible" : String(attachments),
    attachedHosts?.join(", ") ?? "not visible",
  ]);
  return table(["Volume", "Device", "Size", "Bootable", "Status", "Attachments", "Attached on"], rows(body));
}

function memory(record: MigrationRecord, trace: Trace): Markup {
  if (trace.memorySamples.length > 0) return drawMemory(record, trace.memorySamples);
  const total = record.migration?.memoryTotalBytes;
  const known = total ? ` Nova named ${Math.round(total / 1024 / 1024)} MiB in all.` : "";
  return note(
    `No samples: Nova writes memory counters about every five seconds, so a short move ends before the first; and a record alone has none.${known}`,
  );
}

/** The record itself for whoever wants the last detail; it is no script, and nothing in it can end the element. */
const source = (record: MigrationRecord) =>
  html`<details>
    <summary>The record (JSON)</summary>
    <pre>${JSON.stringify(record, undefined, 2)}</pre>
  </details>`;

/**
 * One self-contained page about a run: no script, and nothing that is loaded from elsewhere. Pure.
 *
 * @param trace What the run saw beside; without it there is no curve of memory, and hosts that took no part are missing.
 * @example await writeFile("report.html", reportPage(record, trace))
 */
export function reportPage(record: MigrationRecord, trace: Trace = emptyTrace()): string {
  const { text, tone } = isUnproven(record) ? UNPROVEN : OUTCOMES[record.outcome];
  const moved = record.source.host !== record.current.host;
  const guest = record.guest;
  const title = `Live migration of ${record.server.name}`;
  return framed(
    { title, outcome: text, tone, summary: record.summary, style: STYLE },
    html`
      ${section(
        moved ? "Where it ran, and where it runs" : "Where it runs",
        html`<div class="pair">
          <figure>
            <figcaption>Before</figcaption>
            ${drawTopology(record, trace, "before")}
          </figure>
          <figure>
            <figcaption>
              ${record.outcome === "still-running" && !isUnproven(record) ? "Last seen" : "After"}
            </figcaption>
            ${drawTopology(record, trace, "after")}
          </figure>
        </div>`,
      )}
      ${section("Phases", drawTimeline(record))} ${section("Memory remaining", memory(record, trace))}
      ${section(`Checks (${record.checks.length})`, checks(record))} ${section("Findings", findings(record))}
      ${section("Volumes", volumes(record))}
      ${
        guest === null
          ? html``
          : section(
              "Guest",
              html`<p>${guest.address}, boot id ${guest.bootId}, up ${seconds(guest.uptimeSeconds)}</p>
                <pre>${guest.blockDevices.join("\n")}</pre>`,
            )
      }
      ${section("Facts", html`${facts(record)}${source(record)}`)}
    `,
  );
}
