import { code, preformatted, prose } from "../escape.ts";
import { diagram, type ArrowKind } from "../comment/diagram.ts";
import { otherChanges, type Changes } from "./changes.ts";
import type { Block } from "../comment/fit.ts";
import { marker } from "../comment/marker.ts";
import { isCertain, readMoves, type Move, type Spot, type Verdict } from "./moves.ts";
import { readPlans } from "./plans.ts";
import { nameOf, typeOf, type Diagnostic, type PreviewDocument, type Step } from "./document.ts";
import { COULD_MOVE, counted, HEADS, joinWords, TITLES, VERDICTS, words } from "../words.ts";

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
    { lines: titled(TITLES["in-the-way"], problems), head: 2 },
    ...toldErrors.map(({ urn, message }) => ({ lines: failure(urn, message), head: 3 })),
    { lines: table(moves, succeeded), head: 2 },
    { lines: arrowsOf(moves, steps), whole: true },
    {
      lines: titled(TITLES.warnings, [
        ...warnings,
        ...moves.flatMap(({ server, reason }) =>
          reason === null ? [] : [words("move-not-checked", { server: code(server), reason: prose(reason) })],
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
  const parts = [
    counted(count("blocked"), "blocked"),
    counted(count("blocked-now", "unclear"), "blocked-now"),
    counted(count("not-checked"), "not-checked"),
    counted(changes.deleted.length, "deleted"),
    counted(changes.replaced.length, "replaced"),
    counted(count("will-move", "on-its-way"), succeeded ? "will-move" : "could-move"),
    counted(others, "others"),
  ].filter((part) => part !== "");
  const what = joinWords(parts.length === 0 && succeeded ? [words("nothing-changes")] : parts);
  const certain = count("will-move", "on-its-way") > 0 && moves.every(({ verdict }) => isGood(verdict));
  const safe = changes.deleted.length + changes.replaced.length === 0;
  const nothingLost = succeeded && certain && safe ? words("nothing-lost") : "";
  const failed = succeeded ? "" : words("preview-failed") + (what === "" ? "" : "; ");
  const sign = !succeeded || count("blocked") > 0 ? "⛔" : safe && !warned && moves.every(isFine) ? "✅" : "⚠️";
  return `### ${sign} ${code(stack)}: ${failed}${what}${nothingLost}`;
}

const isGood = (verdict: Verdict) => ["will-move", "on-its-way", "there"].includes(verdict);
const isFine = ({ verdict, findings }: Move) => isGood(verdict) && findings.length === 0;

/** What nobody must overlook. */
function loss({ deleted, replaced }: Changes): string[] {
  if (deleted.length + replaced.length === 0) return [];
  const line = (what: "deleted" | "replaced") => (name: string) => words(what, { resource: resource(name) });
  return ["> [!CAUTION]", ...deleted.map(line("deleted")), ...replaced.map(line("replaced"))];
}

const willMove = (succeeded: boolean, drift: boolean) =>
  (succeeded ? VERDICTS["will-move"] : COULD_MOVE) + (drift ? words("moves-back") : "");

function table(moves: readonly Move[], succeeded: boolean): string[] {
  if (moves.length === 0) return [];
  return [
    ...HEADS.moves,
    ...moves.map((move) => {
      const { server, from, to, method, estimateSeconds, verdict, drift, findings } = move;
      const warnings = findings.filter(({ severity }) => severity === "warning").length;
      const verdicts = [
        verdict === "will-move" ? willMove(succeeded, drift) : VERDICTS[verdict],
        ...(warnings > 0 ? [counted(warnings, "warnings")] : []),
      ];
      const cells = [
        code(server),
        `${host(from)} → ${host(to)}`,
        from.zone === to.zone ? zone(from) : `${zone(from)} → ${zone(to)}`,
        method === null ? "–" : prose(method),
        estimateSeconds === null ? "–" : duration(estimateSeconds),
        verdicts.join(", "),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  ];
}

const host = ({ host: name, zone: inZone }: Spot) =>
  name === null ? (inZone === null ? "?" : words("some-host", { zone: code(inZone) })) : code(name);
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
      const later = wanted === "blocker" && transient && verdict !== "blocked" ? words("may-differ") : "";
      const names = { server: code(server), path: code(path), value: code(value) };
      return words("finding", { ...names, problem: prose(problem), later, fix: prose(fix) });
    });
}

function failure(urn: string | undefined, message: string): string[] {
  const where = urn === undefined ? words("the-program") : resource(`${typeOf(urn)} ${nameOf(urn)}`);
  return [words("error", { where }), "", ...preformatted(message.replace(/^error: /, ""))];
}

function warningLine({ urn, message }: Diagnostic): string {
  const where = urn === undefined ? "" : `${code(nameOf(urn))}: `;
  return `- ${where}${prose(message.replace(/^warning: /, ""))}`;
}

function others(changes: Changes, verified: readonly string[]): string[] {
  const rows = [
    ...Object.entries(changes.others).sort(([a], [b]) => a.localeCompare(b)),
    ...(verified.length === 0 ? [] : [[words("verified-anew"), verified] as const]),
  ];
  if (rows.length === 0) return [];
  return [
    ...HEADS.others,
    ...rows.map(([operation, names]) => `| ${prose(operation)} | ${names.length} | ${some(names)} |`),
  ];
}

const MOST = 20;
function some(names: readonly string[]): string {
  const more = names.length - MOST;
  return (
    names.slice(0, MOST).map(resource).join(", ") + (more > 0 ? words("more-resources", { count: String(more) }) : "")
  );
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
