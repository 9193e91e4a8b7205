import { code, preformatted, prose } from "./escape.ts";
import { diagram, type ArrowKind } from "./diagram.ts";
import { otherChanges, type Changes } from "./changes.ts";
import type { Block } from "./fit.ts";
import { marker } from "./marker.ts";
import { isCertain, readMoves, type Move, type Spot, type Verdict } from "./moves.ts";
import { readPlans } from "./plan-line.ts";
import { nameOf, typeOf, type Diagnostic, type PreviewDocument, type Step } from "./preview-document.ts";
import { joinWords, plural } from "./words.ts";

/** What a person reads of a preview: the verdict first, then what stands in the way, then all the rest. Pure. */
export function previewComment(stack: string, { steps, diagnostics, succeeded }: PreviewDocument): Block[] {
  const { plans, rest } = readPlans(diagnostics);
  const { moves, verified } = readMoves(steps, plans);
  const changes = otherChanges(steps);
  const told: Told = {
    resources: new Set(moves.map(({ resource }) => resource)),
    problems: moves.flatMap(({ findings }) => findings.filter(isCertain)).length,
  };
  const messages = rest.filter((diagnostic) => !isToldElsewhere(diagnostic, told));
  const problems = moves.flatMap((move) => findingsOf(move, "blocker"));
  const warnings = moves.flatMap((move) => findingsOf(move, "warning"));
  const otherWarnings = messages.filter(({ severity }) => severity === "warning");
  const toldErrors = messages.filter(({ severity }) => severity === "error");
  return [
    { lines: [marker("preview", stack)] },
    { lines: [headline(stack, succeeded, moves, changes, otherWarnings.length > 0)] },
    { lines: loss(changes), head: 1 },
    { lines: titled("What stands in the way", problems), head: 2 },
    ...toldErrors.map(({ urn, message }) => ({ lines: failure(urn, message), head: 3 })),
    { lines: table(moves, succeeded), head: 2 },
    { lines: arrowsOf(moves, steps), whole: true },
    {
      lines: titled("Warnings", [
        ...warnings,
        ...moves.flatMap(({ server, reason }) =>
          reason === null ? [] : [`- ${code(server)} was not checked: ${prose(reason)}`],
        ),
        ...otherWarnings.map(warningLine),
      ]),
      head: 2,
    },
    { lines: others(changes, verified), head: 2 },
  ];
}

function headline(
  stack: string,
  succeeded: boolean,
  moves: readonly Move[],
  changes: Changes,
  warned: boolean,
): string {
  const count = (...verdicts: Verdict[]) => moves.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const others = Object.values(changes.others).flat().length;
  const will = succeeded ? "will" : "could";
  const parts = [
    plural(count("blocked"), "move can never be made as asked", "moves can never be made as asked"),
    plural(count("blocked-now", "unclear"), "move would be refused now", "moves would be refused now"),
    plural(count("not-checked"), "move was not checked", "moves were not checked"),
    plural(changes.deleted.length, "resource would be DELETED", "resources would be DELETED"),
    plural(changes.replaced.length, "resource would be REPLACED", "resources would be REPLACED"),
    plural(count("will-move", "on-its-way"), `server ${will} move live`, `servers ${will} move live`),
    plural(others, "other change"),
  ].filter((part) => part !== "");
  const what = joinWords(parts.length === 0 && succeeded ? ["nothing changes"] : parts);
  const certain = count("will-move", "on-its-way") > 0 && moves.every(({ verdict }) => isGood(verdict));
  const safe = changes.deleted.length + changes.replaced.length === 0;
  const nothingLost = succeeded && certain && safe ? "; nothing is replaced or deleted" : "";
  const failed = succeeded ? "" : `the preview failed, nothing can be applied${what === "" ? "" : "; "}`;
  const sign = !succeeded || count("blocked") > 0 ? "⛔" : safe && !warned && moves.every(isFine) ? "✅" : "⚠️";
  return `### ${sign} ${code(stack)}: ${failed}${what}${nothingLost}`;
}

const isGood = (verdict: Verdict) => ["will-move", "on-its-way", "there"].includes(verdict);
const isFine = ({ verdict, findings }: Move) => isGood(verdict) && findings.length === 0;

/** What nobody must overlook. */
function loss({ deleted, replaced }: Changes): string[] {
  if (deleted.length + replaced.length === 0) return [];
  const line = (what: string) => (name: string) => `> - **${what}** ${resource(name)}`;
  return [
    "> [!CAUTION]",
    ...deleted.map(line("deleted:")),
    ...replaced.map(line("replaced (destroyed and made anew):")),
  ];
}

const willMove = (succeeded: boolean, drift: boolean) =>
  `✅ ${succeeded ? "will" : "could"} move${drift ? " back: others moved it" : ""}`;

const VERDICTS: Record<Exclude<Verdict, "will-move">, string> = {
  "on-its-way": "✅ on its way, `up` watches it",
  there: "✅ there already, `up` verifies it",
  blocked: "⛔ blocked",
  "blocked-now": "⛔ blocked as things are now",
  unclear: "⚠️ a migration is just ending; look again",
  "not-checked": "⚠️ not checked",
};

function table(moves: readonly Move[], succeeded: boolean): string[] {
  if (moves.length === 0) return [];
  return [
    "| Server | From → to | Zone | How | Takes about | Verdict |",
    "| --- | --- | --- | --- | --- | --- |",
    ...moves.map((move) => {
      const { server, from, to, method, estimateSeconds, verdict, drift, findings } = move;
      const warnings = findings.filter(({ severity }) => severity === "warning").length;
      const words = [
        verdict === "will-move" ? willMove(succeeded, drift) : VERDICTS[verdict],
        ...(warnings > 0 ? [plural(warnings, "warning")] : []),
      ];
      const cells = [
        code(server),
        `${host(from)} → ${host(to)}`,
        from.zone === to.zone ? zone(from) : `${zone(from)} → ${zone(to)}`,
        method === null ? "–" : prose(method),
        estimateSeconds === null ? "–" : duration(estimateSeconds),
        words.join(", "),
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

function arrowsOf(moves: readonly Move[], steps: readonly Step[]): string[] {
  const arrows = moves.flatMap(({ server, from, to, verdict }) => {
    const kind = KIND[verdict];
    return kind === undefined ? [] : [{ server, from, to, kind }];
  });
  return diagram(arrows, zonesOf(steps));
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

function findingsOf({ server, findings, verdict }: Move, wanted: "blocker" | "warning"): string[] {
  return findings
    .filter(({ severity }) => severity === wanted)
    .map(({ path, value, problem, fix, transient }) => {
      const later =
        wanted === "blocker" && transient && verdict !== "blocked" ? " It may be different by the time of `up`." : "";
      return `- ${code(server)}, ${code(path)} = ${code(value)}: ${prose(problem)}.${later} **Fix:** ${prose(fix)}`;
    });
}

function failure(urn: string | undefined, message: string): string[] {
  const where = urn === undefined ? "the program" : resource(`${typeOf(urn)} ${nameOf(urn)}`);
  return [`**Error** in ${where}`, "", ...preformatted(message.replace(/^error: /, ""))];
}

function warningLine({ urn, message }: Diagnostic): string {
  const where = urn === undefined ? "" : `${code(nameOf(urn))}: `;
  return `- ${where}${prose(message.replace(/^warning: /, ""))}`;
}

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
  return names.slice(0, MOST).map(resource).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

const resource = (name: string) => code(name);

const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [`#### ${title}`, "", ...lines]);

/** What the table and its findings say. */
interface Told {
  resources: ReadonlySet<string>;
  /** Number of problems that made the program end. */
  problems: number;
}

/** The program's own texts about plans, which the table says better, and Pulumi's echoes of failures. */
function isToldElsewhere({ urn, message, severity }: Diagnostic, { resources, problems }: Told): boolean {
  if (severity === "error") {
    return /^error: preview failed$/.test(message) || Number(PROBLEMS.exec(message)?.[1]) === problems;
  }
  const about = urn !== undefined && resources.has(nameOf(urn));
  return severity !== "warning" || (about && /^warning: (blocker|warning|not checked): /.test(message));
}

/** How the program's own verdict on planned moves begins. */
const PROBLEMS = /^error: (\d+) problems? in the planned moves/;
