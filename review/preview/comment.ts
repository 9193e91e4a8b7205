import { code, preformatted, prose } from "../../text/markdown.ts";
import { diagram, type ArrowKind, type Spot } from "../comment/diagram.ts";
import type { Block } from "../comment/fit.ts";
import { marker } from "../comment/marker.ts";
import { titled } from "../comment/parts.ts";
import { otherChanges, type Changes } from "./changes.ts";
import { labelOf, migrationOf, nameOf, typeOf, type Diagnostic, type PreviewDocument, type Step } from "./document.ts";
import { isCertain, readMoves, type Move, type Verdict } from "./moves.ts";
import { matchPlans, PLAN_LINE, type PlanFiles } from "./plans.ts";
import { maintenanceBlocks, maintenanceObstacles } from "./maintenance-parts.ts";
import { certainOf, readMaintenances } from "./maintenances.ts";
import { reviewedLines } from "./reviewed-plan.ts";
import { endingOf, headline, verdictText, type Ending } from "./verdict.ts";

/** What a preview left behind. */
export interface PreviewInputs {
  stack: string;
  document: PreviewDocument;
  /** Undefined: the folder of plans was not given. */
  plans: PlanFiles | undefined;
  /** Of `pulumi preview`; undefined: not given. */
  exitCode: number | undefined;
}

/** The comment about a preview: the verdict, what blocks moves, then the rest. Pure. */
export function previewComment({ stack, document, plans: given, exitCode }: PreviewInputs): Block[] {
  if (!document.readable) return unreadable(stack, document.reason, exitCode);
  const { steps, diagnostics } = document;
  const { plans, maintenances: ofHosts, rest } = matchPlans(given ?? { files: [] }, diagnostics);
  const maintenances = readMaintenances(steps, ofHosts);
  const { moves, verified } = readMoves(steps, plans, given === undefined ? NO_FOLDER : NO_PLAN);
  const changes = otherChanges(steps);
  const ending = endingOf(diagnostics, exitCode);
  const inTable = moves.flatMap(({ findings }) => findings.filter(isCertain)).length + certainOf(maintenances);
  const errors = rest.filter((one) => one.severity === "error" && !repeatsErrors(one, inTable));
  const unplanned = new Set(moves.filter(({ verdict }) => verdict === "not-checked").map(({ urn }) => urn));
  const warnings = [
    ...(given?.problems ?? []).map((problem) => `- ${prose(problem)}`),
    ...Object.entries(changes.unknown).map(([operation, names]) => unknownLine(operation, names)),
    ...rest.filter(({ severity }) => severity === "warning").map(messageLine),
  ];
  return [
    { lines: [marker("preview", stack)] },
    { lines: [headline({ stack, ending, moves, maintenances, changes, warned: warnings.length > 0 })] },
    // Without it the maintenance is refused: it is the last to be cut.
    { lines: reviewedLines(maintenances), whole: true },
    { lines: endingLines(ending, diagnostics, exitCode) },
    { lines: loss(changes), head: 1 },
    {
      lines: titled(
        "What blocks the moves",
        moves.flatMap((move) => findingLines(move, "blocker")),
      ),
      head: 2,
    },
    { lines: titled("What blocks the maintenance", maintenanceObstacles(maintenances)), head: 2 },
    ...errors.map(({ urn, message }) => ({ lines: failure(urn, message), head: 3 })),
    { lines: table(moves, ending), head: 2 },
    { lines: arrows(moves, steps), whole: true },
    ...maintenanceBlocks(maintenances),
    {
      lines: titled("Warnings", [
        ...moves.flatMap((move) => findingLines(move, "warning")),
        ...moves.flatMap(({ server, reason }) =>
          reason === null ? [] : [`- ${code(server)} was not checked: ${prose(reason)}`],
        ),
        ...warnings,
      ]),
      head: 2,
    },
    {
      lines: titled("What the preview said", rest.filter((one) => isSentence(one, unplanned)).map(messageLine)),
      head: 2,
    },
    { lines: others(changes, verified), head: 2 },
  ];
}

/** An unreadable preview: no verdict, whatever the exit code. */
const unreadable = (stack: string, reason: string, exitCode: number | undefined): Block[] => [
  { lines: [marker("preview", stack)] },
  { lines: [`### ⚠️ ${code(stack)}: the preview's output could not be read, nothing is known about its changes`] },
  {
    lines: [
      `The output of \`pulumi preview --json\` could not be read: ${prose(reason)}. ` +
        (exitCode === undefined ? "" : `\`pulumi preview\` exited with ${exitCode}. `) +
        "**Fix:** read the log of the preview, and run it again.",
    ],
  },
];

const NO_FOLDER =
  "`preview:comment` has no plan of it. Fix: set `LIVE_MIGRATE_PLANS` to a folder for `pulumi preview`, and give the same folder as `--plans`";
const NO_PLAN =
  "the preview wrote no plan of it. Fix: see in its log whether the program ended before, and that `LIVE_MIGRATE_PLANNING` is not `off`";

function endingLines(ending: Ending, diagnostics: readonly Diagnostic[], exitCode: number | undefined): string[] {
  if (ending === "unknown") {
    return [
      "The exit code of `pulumi preview` was not given, so whether the preview succeeded is not known: " +
        "a mandatory policy that rejects the update shows in the exit code alone. " +
        "**Fix:** give it to `preview:comment` as `--exit-code`.",
    ];
  }
  if (ending === "succeeded" || diagnostics.some(({ severity }) => severity === "error")) return [];
  return [
    `\`pulumi preview\` exited with ${exitCode ?? "?"}, and its document has no error: a mandatory policy may have rejected the update. ` +
      "**Fix:** read the log of the preview.",
  ];
}

/** Changes that must not be overlooked. */
function loss({ deleted, replaced }: Changes): string[] {
  if (deleted.length + replaced.length === 0) return [];
  return [
    "> [!CAUTION]",
    ...deleted.map((name) => `> - **deleted:** ${code(name)}`),
    ...replaced.map((name) => `> - **replaced (destroyed and made anew):** ${code(name)}`),
  ];
}

function table(moves: readonly Move[], ending: Ending): string[] {
  if (moves.length === 0) return [];
  return [
    "| Server | From → to | Zone | How | Takes about | Verdict |",
    "| --- | --- | --- | --- | --- | --- |",
    ...moves.map((move) => {
      const { server, from, to, method, estimateSeconds } = move;
      const cells = [
        code(server),
        `${host(from)} → ${host(to)}`,
        from.zone === to.zone ? zone(from) : `${zone(from)} → ${zone(to)}`,
        method === null ? "–" : prose(method),
        estimateSeconds === null ? "–" : duration(estimateSeconds),
        verdictText(move, ending),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

const host = ({ host: name, zone: inZone }: Spot) =>
  name === null ? (inZone === null ? "?" : `a host of ${code(inZone)}`) : code(name);
const zone = ({ zone: name }: Spot) => (name === null ? "?" : code(name));
const duration = (seconds: number) => (seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`);

const KIND: Record<Verdict, ArrowKind | undefined> = {
  "will-move": "moves",
  "on-its-way": "moves",
  there: undefined,
  blocked: "blocked",
  "blocked-now": "blocked",
  unclear: "unsure",
  "not-checked": "unsure",
};

function arrows(moves: readonly Move[], steps: readonly Step[]): string[] {
  const shown = moves.flatMap(({ server, from, to, verdict }) => {
    const kind = KIND[verdict];
    return kind === undefined ? [] : [{ server, from, to, kind }];
  });
  return diagram(shown, zonesOf(steps));
}

/** Zones that this very preview makes or changes; the others' hosts are those that servers come from or go to. */
function zonesOf(steps: readonly Step[]): Record<string, string[]> {
  const zones = steps.filter(({ urn }) => typeOf(urn) === "openstack-live-migration:index:AvailabilityZone");
  return Object.fromEntries(
    zones.flatMap(({ urn, newState }) => {
      const hosts = newState?.inputs?.["hosts"];
      return Array.isArray(hosts) ? [[nameOf(urn), hosts.filter((one) => typeof one === "string")]] : [];
    }),
  );
}

function findingLines({ server, findings, verdict }: Move, wanted: "blocker" | "warning"): string[] {
  return findings
    .filter(({ severity }) => severity === wanted)
    .map(({ path, value, problem, fix, transient }) => {
      const mayChange = wanted === "blocker" && transient && verdict !== "blocked";
      const later = mayChange ? " It may be different by the time of `up`." : "";
      return `- ${code(server)}, ${code(path)} = ${code(value)}: ${prose(problem)}.${later} **Fix:** ${prose(fix)}`;
    });
}

function failure(urn: string | undefined, message: string): string[] {
  const where = urn === undefined ? "the program" : code(labelOf(urn));
  return [`**Error** in ${where}`, "", ...preformatted(message.replace(/^error: /, ""))];
}

function messageLine({ urn, message }: Diagnostic): string {
  const where = urn === undefined ? "" : `${code(nameOf(urn))}: `;
  return `- ${where}${prose(message.replace(/^warning: /, ""))}`;
}

const unknownLine = (operation: string, names: readonly string[]) =>
  `- ${code(operation)} is an operation that this version does not know: ${names.length}, ${some(names)}. ` +
  "**Fix:** read what it does in the log of the preview.";

/** Where there is no plan of a move, what the program said about it is all there is. */
const isSentence = ({ urn, severity, message }: Diagnostic, unplanned: ReadonlySet<string>) =>
  severity === "info" && unplanned.has(migrationOf(urn ?? "") ?? "") && !message.startsWith(PLAN_LINE);

function others(changes: Changes, verified: readonly string[]): string[] {
  const rows = [
    ...Object.entries(changes.others).sort(([a], [b]) => a.localeCompare(b)),
    ...(verified.length === 0 ? [] : [["verify anew, nothing is moved", verified] as const]),
  ];
  if (rows.length === 0) return [];
  return [
    "| Other changes | Count | Resources |",
    "| --- | --: | --- |",
    ...rows.map(([operation, names]) => `| ${prose(operation)} | ${names.length} | ${some(names)} |`),
  ];
}

const MOST = 20;
function some(names: readonly string[]): string {
  const more = names.length - MOST;
  return names.slice(0, MOST).map(code).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/** Pulumi's echo of a failure, and the program's own list of the `problems` that the table has. */
const repeatsErrors = ({ message }: Diagnostic, problems: number) =>
  /^error: preview failed$/.test(message) ||
  Number(/^error: (\d+) problems? in the planned moves/.exec(message)?.[1]) === problems;
