/**
 * What reviewers read in the comments, and whoever runs the commands that make them: each text in one place.
 * migration/messages.ts says where all others are.
 *
 * Values come ready for Markdown (escape.ts).
 */
import { codesOf, filler, type Catalogue, type V } from "../migration/catalogue.ts";
import type { Verdict } from "./preview/moves.ts";
import type { ResultRecord } from "./up/records.ts";

type Outcome = ResultRecord["outcome"];

/** Parts of headlines that count something: of one, and of several. */
const COUNTED = {
  blocked: ["move can never be made as asked", "moves can never be made as asked"],
  "blocked-now": ["move would be refused now", "moves would be refused now"],
  "not-checked": ["move was not checked", "moves were not checked"],
  deleted: ["resource would be DELETED", "resources would be DELETED"],
  replaced: ["resource would be REPLACED", "resources would be REPLACED"],
  "will-move": ["server will move live", "servers will move live"],
  "could-move": ["server could move live", "servers could move live"],
  others: ["other change", "other changes"],
  "needs-attention": ["server NEEDS A HUMAN", "servers NEED A HUMAN"],
  failed: ["move failed (the server is intact where it was)", "moves failed (the servers are intact where they were)"],
  refused: ["move was refused, nothing was sent", "moves were refused, nothing was sent"],
  "still-running": ["server is still on its way", "servers are still on their way"],
  "no-record": ["server has no record", "servers have no record"],
  migrated: ["server moved live", "servers moved live"],
  "already-there": ["server verified where it was", "servers verified where they were"],
  checks: ["check", "checks"],
  warnings: ["warning", "warnings"],
} satisfies Record<string, readonly [one: string, many: string]>;

/** What will come of a planned move. */
export const VERDICTS: Record<Verdict, string> = {
  "will-move": "✅ will move",
  "on-its-way": "✅ on its way, `up` watches it",
  there: "✅ there already, `up` verifies it",
  blocked: "⛔ blocked",
  "blocked-now": "⛔ blocked as things are now",
  unclear: "⚠️ a migration is just ending; look again",
  "not-checked": "⚠️ not checked",
};
/** Of a preview that failed. */
export const COULD_MOVE = "✅ could move";

/** What came of a move: in the table, and on its arrow. */
export const OUTCOMES: Record<Outcome, string> = {
  migrated: "✅ moved live",
  "already-there": "✅ there already",
  refused: "⛔ refused",
  failed: "⛔ failed, intact",
  "needs-attention": "🛑 NEEDS A HUMAN",
  "still-running": "⚠️ still running",
};
export const NOTES: Partial<Record<Outcome, string>> = {
  refused: "refused",
  failed: "failed",
  "needs-attention": "needs a human",
  "still-running": "still running",
};
/** On the arrow of a planned move. */
export const ARROW_NOTES = { moves: "", blocked: "blocked", unsure: "not checked" } as const;

export const TITLES = {
  "in-the-way": "What stands in the way",
  warnings: "Warnings",
  failed: "Failed checks",
  wrong: "What went wrong",
  "not-checked": "Not checked",
  pulumi: "What Pulumi said",
  ids: "Ids",
} as const;

/** Heads of tables, with how their columns stand. */
export const HEADS = {
  moves: ["| Server | From → to | Zone | How | Takes about | Verdict |", "| --- | --- | --- | --- | --- | --- |"],
  others: ["| Other changes | Count | Resources |", "| --- | --: | --- |"],
  records: [
    "| Server | Outcome | From → to | Zone | Runs on | Downtime | Took | Checks: passed / failed / not checked |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
  ],
  ids: ["| Server | Id | Migration | Request |", "| --- | --- | --- | --- |"],
} as const;

const SENTENCES = {
  // Headlines.
  "nothing-changes": () => "nothing changes",
  "nothing-lost": () => "; nothing is replaced or deleted",
  "preview-failed": () => "the preview failed, nothing can be applied",
  "up-failed": () => "`pulumi up` failed; ",
  "nothing-moved": () => "no server was moved",
  "applied-only": () => "applied, no server was moved",
  "checks-open": ({ checks }: V<"checks">) => `; ${checks} could not be made`,

  // Lines of a preview.
  deleted: ({ resource }: V<"resource">) => `> - **deleted:** ${resource}`,
  replaced: ({ resource }: V<"resource">) => `> - **replaced (destroyed and made anew):** ${resource}`,
  "moves-back": () => " back: others moved it",
  "some-host": ({ zone }: V<"zone">) => `a host of ${zone}`,
  finding: ({
    server,
    path,
    value,
    problem,
    later,
    fix,
  }: V<"server" | "path" | "value" | "problem" | "later" | "fix">) =>
    `- ${server}, ${path} = ${value}: ${problem}.${later} **Fix:** ${fix}`,
  "may-differ": () => " It may be different by the time of `up`.",
  "move-not-checked": ({ server, reason }: V<"server" | "reason">) => `- ${server} was not checked: ${reason}`,
  "not-planned": () => "the preview did not plan it: the program ended before, or `LIVE_MIGRATE_PLANNING` is off",
  error: ({ where }: V<"where">) => `**Error** in ${where}`,
  "the-program": () => "the program",
  "verified-anew": () => "verify anew, nothing is moved",
  "more-resources": ({ count }: V<"count">) => `, and ${count} more`,

  // Lines of an `up`.
  "check-failed": ({ check, observed, expected, why }: V<"check" | "observed" | "expected" | "why">) =>
    `${check} is ${observed} instead of ${expected}: ${why}`,
  fix: ({ reason, fix }: V<"reason" | "fix">) => `${reason}. **Fix:** ${fix}`,
  "begun-earlier": () => ", begun by an earlier run",
  "not-measured": () => "not measured",

  // A comment that is too long.
  cut: ({ lines, where }: V<"lines" | "where">) =>
    `_Cut to the size of a comment, ${lines} lines are missing: ${where}._`,
  "rest-here": ({ address }: V<"address">) => `[all of it](${address})`,
  "rest-in-log": () => "the log has all of it",

  // What cannot be read, and what the commands are not told.
  "no-preview": () => "the preview ended before it had a result: its log says why",
  "broken-preview": ({ reason }: V<"reason">) =>
    `what the preview printed is no JSON document (${reason}): its log says why`,
  "other-preview": ({ reason }: V<"reason">) =>
    `the preview printed another document than expected: ${reason}. Fix: make it by \`npm run pulumi\`, whose version this reads`,
  "empty-preview": () =>
    "the preview's document has neither steps nor diagnostics. Fix: make it by `npm run pulumi`, whose version this reads",
  "no-record": ({ file, reason }: V<"file" | "reason">) =>
    `${file} holds no record: ${reason}. Fix: use the up:comment of the version that wrote it`,
  "broken-record": ({ file, reason }: V<"file" | "reason">) =>
    `${file} is no JSON document: ${reason}. Fix: ask \`live-migrate status\` where its server is`,
  unreadable: ({ file, reason }: V<"file" | "reason">) => `${file} cannot be read: ${reason}`,
  "nowhere-to-comment": () => "no pull request belongs to this commit: there is nowhere to comment",
  "no-workflow": () => "neither GITHUB_REPOSITORY nor GITLAB_CI is set: --post works in their workflows only",
  "not-set": ({ name, what }: V<"name" | "what">) => `${name} is not set: ${what}`,
  repository: () => "the repository of the pull request, such as acme/cloud",
  "github-token": () => "hand the workflow's own to this step: `env: { GITHUB_TOKEN: … }`",
  "gitlab-address": () => "GitLab's address, such as https://gitlab.com/api/v4",
  "gitlab-project": () => "the project of the merge request",
  "gitlab-token": () => "a project access token with the scope `api`, as a masked variable",
  "applied-commit": () => "the commit that was applied",
  "host-refuses": ({ call, answer }: V<"call" | "answer">) =>
    `${call}: ${answer}. Fix: see that the token may write comments there and that the host answers, then run this again`,
  "no-json": ({ status, body }: V<"status" | "body">) => `${status}, and no JSON but ${body}`,
  "whole-number": () => "a whole number is needed",
  "exit-code": () => "the exit code of `pulumi up` is needed; none is a failure",
} satisfies Catalogue<string>;

export type CountedCode = keyof typeof COUNTED;
export type SentenceCode = keyof typeof SENTENCES;
export const COUNTED_CODES = codesOf(COUNTED);
export const SENTENCE_CODES = codesOf(SENTENCES);

/** Nothing for none. @example counted(2, "warnings") // "2 warnings" */
export function counted(count: number, what: CountedCode): string {
  const [one, many] = COUNTED[what];
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}

/** @example words("some-host", { zone: "`nova2`" }) // "a host of `nova2`" */
export const words = filler(SENTENCES);

/** @example joinWords(["a", "b", "c"]) // "a, b and c" */
export function joinWords(all: readonly string[]): string {
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
}
