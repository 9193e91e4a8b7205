import { code } from "../../text/markdown.ts";
import { counted, joinWords } from "../comment/parts.ts";
import type { Changes } from "./changes.ts";
import type { Diagnostic } from "./document.ts";
import { hostsWith, isClean, type Maintenance, type MaintenanceVerdict } from "./maintenances.ts";
import type { Move, Verdict } from "./moves.ts";

/**
 * How a preview ended; `unknown`: its document has no error, and its exit code was not given. A mandatory policy that
 * rejects an update shows in the exit code alone (pulumi/pulumi#18851).
 */
export type Ending = "succeeded" | "failed" | "unknown";

export function endingOf(diagnostics: readonly Diagnostic[], exitCode: number | undefined): Ending {
  if ((exitCode ?? 0) !== 0 || diagnostics.some(({ severity }) => severity === "error")) return "failed";
  return exitCode === undefined ? "unknown" : "succeeded";
}

/** What the headline counts. */
export interface Overview {
  stack: string;
  ending: Ending;
  moves: readonly Move[];
  maintenances: readonly Maintenance[];
  changes: Changes;
  /** Whether the comment has other warnings than those of moves. */
  warned: boolean;
}

/** The first line that people read. ✅ only if everything was checked, can be done, and loses nothing. Pure. */
export function headline({ stack, ending, moves, maintenances, changes, warned }: Overview): string {
  const hosts = (verdict: MaintenanceVerdict) => hostsWith(maintenances, verdict);
  const count = (...verdicts: Verdict[]) => moves.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const movable = count("will-move", "on-its-way");
  const total = (names: Record<string, string[]>) => Object.values(names).flat().length;
  const succeeded = ending === "succeeded";
  const parts = [
    ...counted(count("blocked"), "move can never be made as asked", "moves can never be made as asked"),
    ...counted(count("blocked-now", "unclear"), "move would be refused now", "moves would be refused now"),
    ...counted(hosts("blocked"), "maintenance would be refused now", "maintenances would be refused now"),
    ...counted(hosts("not-checked"), "maintenance was not checked", "maintenances were not checked"),
    ...counted(count("not-checked"), "move was not checked", "moves were not checked"),
    ...counted(changes.deleted.length, "resource would be DELETED", "resources would be DELETED"),
    ...counted(changes.replaced.length, "resource would be REPLACED", "resources would be REPLACED"),
    ...counted(total(changes.unknown), "unknown operation", "unknown operations"),
    ...(succeeded
      ? counted(movable, "server will move live", "servers will move live")
      : counted(movable, "server could move live", "servers could move live")),
    ...counted(hosts("drains"), "host will be emptied", "hosts will be emptied"),
    ...counted(hosts("ends"), "maintenance ends", "maintenances end"),
    ...counted(total(changes.others), "other change", "other changes"),
  ];
  if (ending === "failed") {
    return `### ⛔ ${code(stack)}: ${["the preview failed, nothing can be applied", ...(parts.length === 0 ? [] : [joinWords(parts)])].join("; ")}`;
  }
  const nothing = succeeded ? "nothing changes" : "the preview's document has no changes";
  const what = parts.length === 0 ? nothing : joinWords(parts);
  const keepsAll = changes.deleted.length + changes.replaced.length + total(changes.unknown) === 0;
  const allGood = moves.every(({ verdict }) => isGood(verdict)) && hosts("blocked") + hosts("not-checked") === 0;
  const nothingLost = succeeded && keepsAll && allGood && movable > 0 ? "; nothing is replaced or deleted" : "";
  const fine =
    succeeded &&
    keepsAll &&
    !warned &&
    allGood &&
    moves.every(({ findings }) => findings.length === 0) &&
    maintenances.every(isClean);
  const sign = count("blocked") > 0 ? "⛔" : fine ? "✅" : "⚠️";
  return `### ${sign} ${code(stack)}: ${what}${nothingLost}`;
}

const isGood = (verdict: Verdict) => ["will-move", "on-its-way", "there"].includes(verdict);

/** The table's cell about a move. It promises nothing if the preview failed, or if its ending is unknown. Pure. */
export function verdictText({ verdict, drift, findings }: Move, ending: Ending): string {
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const promise = verdict === "will-move" && ending !== "succeeded" ? "could move" : WORDS[verdict];
  const back = verdict === "will-move" && drift ? " back: others moved it" : "";
  const sign = ending === "succeeded" && isGood(verdict) ? "✅ " : "";
  return [`${sign}${promise}${back}`, ...counted(warnings, "warning", "warnings")].join(", ");
}

const WORDS: Record<Verdict, string> = {
  "will-move": "will move",
  "on-its-way": "migrating, `up` watches it",
  there: "already on target, `up` verifies it",
  blocked: "⛔ blocked",
  "blocked-now": "⛔ blocked as things are now",
  unclear: "⚠️ a migration is just ending; run the preview again",
  "not-checked": "⚠️ not checked",
};
