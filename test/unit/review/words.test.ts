import { describe, expect, it, test } from "vitest";
import {
  ARROW_NOTES,
  COULD_MOVE,
  counted,
  COUNTED_CODES,
  HEADS,
  NOTES,
  OUTCOMES,
  SENTENCE_CODES,
  TITLES,
  VERDICTS,
  words,
  type CountedCode,
  type SentenceCode,
} from "../../../review/words.ts";
import { ANYTHING, unusedCodes } from "../../support/catalogue.ts";

/** What headlines count, of one and of two. */
const COUNTED: Record<CountedCode, [one: string, two: string]> = {
  blocked: ["1 move can never be made as asked", "2 moves can never be made as asked"],
  "blocked-now": ["1 move would be refused now", "2 moves would be refused now"],
  "not-checked": ["1 move was not checked", "2 moves were not checked"],
  deleted: ["1 resource would be DELETED", "2 resources would be DELETED"],
  replaced: ["1 resource would be REPLACED", "2 resources would be REPLACED"],
  "will-move": ["1 server will move live", "2 servers will move live"],
  "could-move": ["1 server could move live", "2 servers could move live"],
  others: ["1 other change", "2 other changes"],
  "needs-attention": ["1 server NEEDS A HUMAN", "2 servers NEED A HUMAN"],
  failed: [
    "1 move failed (the server is intact where it was)",
    "2 moves failed (the servers are intact where they were)",
  ],
  refused: ["1 move was refused, nothing was sent", "2 moves were refused, nothing was sent"],
  "still-running": ["1 server is still on its way", "2 servers are still on their way"],
  "no-record": ["1 server has no record", "2 servers have no record"],
  migrated: ["1 server moved live", "2 servers moved live"],
  "already-there": ["1 server verified where it was", "2 servers verified where they were"],
  checks: ["1 check", "2 checks"],
  warnings: ["1 warning", "2 warnings"],
};

/** Every sentence word by word. */
const SENTENCES: Record<SentenceCode, string> = {
  "nothing-changes": "nothing changes",
  "nothing-lost": "; nothing is replaced or deleted",
  "preview-failed": "the preview failed, nothing can be applied",
  "up-failed": "`pulumi up` failed; ",
  "nothing-moved": "no server was moved",
  "applied-only": "applied, no server was moved",
  "checks-open": "; <checks> could not be made",
  deleted: "> - **deleted:** <resource>",
  replaced: "> - **replaced (destroyed and made anew):** <resource>",
  "moves-back": " back: others moved it",
  "some-host": "a host of <zone>",
  finding: "- <server>, <path> = <value>: <problem>.<later> **Fix:** <fix>",
  "may-differ": " It may be different by the time of `up`.",
  "move-not-checked": "- <server> was not checked: <reason>",
  "not-planned": "the preview did not plan it: the program ended before, or `LIVE_MIGRATE_PLANNING` is off",
  error: "**Error** in <where>",
  "the-program": "the program",
  "verified-anew": "verify anew, nothing is moved",
  "more-resources": ", and <count> more",
  "check-failed": "<check> is <observed> instead of <expected>: <why>",
  fix: "<reason>. **Fix:** <fix>",
  "begun-earlier": ", begun by an earlier run",
  "not-measured": "not measured",
  cut: "_Cut to the size of a comment, <lines> lines are missing: <where>._",
  "rest-here": "[all of it](<address>)",
  "rest-in-log": "the log has all of it",
  "no-preview": "the preview ended before it had a result: its log says why",
  "broken-preview": "what the preview printed is no JSON document (<reason>): its log says why",
  "other-preview":
    "the preview printed another document than expected: <reason>. Fix: make it by `npm run pulumi`, whose version this reads",
  "empty-preview":
    "the preview's document has neither steps nor diagnostics. Fix: make it by `npm run pulumi`, whose version this reads",
  "no-record": "<file> holds no record: <reason>. Fix: use the up:comment of the version that wrote it",
  "broken-record": "<file> is no JSON document: <reason>. Fix: ask `live-migrate status` where its server is",
  unreadable: "<file> cannot be read: <reason>",
  "nowhere-to-comment": "no pull request belongs to this commit: there is nowhere to comment",
  "no-workflow": "neither GITHUB_REPOSITORY nor GITLAB_CI is set: --post works in their workflows only",
  "not-set": "<name> is not set: <what>",
  repository: "the repository of the pull request, such as acme/cloud",
  "github-token": "hand the workflow's own to this step: `env: { GITHUB_TOKEN: … }`",
  "gitlab-address": "GitLab's address, such as https://gitlab.com/api/v4",
  "gitlab-project": "the project of the merge request",
  "gitlab-token": "a project access token with the scope `api`, as a masked variable",
  "applied-commit": "the commit that was applied",
  "host-refuses":
    "<call>: <answer>. Fix: see that the token may write comments there and that the host answers, then run this again",
  "no-json": "<status>, and no JSON but <body>",
  "whole-number": "a whole number is needed",
  "exit-code": "the exit code of `pulumi up` is needed; none is a failure",
};

/** What keeps a comment from being made, or from being right, and the way in which its text says what to do. */
const MENDED: Partial<Record<SentenceCode, RegExp>> = {
  "not-planned": /`LIVE_MIGRATE_PLANNING` is off$/,
  "no-preview": /: its log says why$/,
  "broken-preview": /: its log says why$/,
  "other-preview": /\. Fix: /,
  "empty-preview": /\. Fix: /,
  "no-record": /\. Fix: /,
  "broken-record": /\. Fix: /,
  "no-workflow": /: --post works in their workflows only$/,
  "not-set": /: <what>$/,
  "host-refuses": /\. Fix: /,
  finding: / \*\*Fix:\*\* <fix>$/,
  fix: / \*\*Fix:\*\* <fix>$/,
};

describe("the words of comments", () => {
  it.each(COUNTED_CODES)("counted: %s", (code) => {
    expect([counted(1, code), counted(2, code), counted(0, code)]).toEqual([...COUNTED[code], ""]);
  });

  it.each(SENTENCE_CODES)("%s: word by word", (code) => {
    const sentence = words(code, ANYTHING);
    expect(sentence).toBe(SENTENCES[code]);
    expect(sentence).toMatch(MENDED[code] ?? /^/);
  });

  test("of verdicts, outcomes, arrows, titles and tables", () => {
    expect(VERDICTS).toEqual({
      "will-move": "✅ will move",
      "on-its-way": "✅ on its way, `up` watches it",
      there: "✅ there already, `up` verifies it",
      blocked: "⛔ blocked",
      "blocked-now": "⛔ blocked as things are now",
      unclear: "⚠️ a migration is just ending; look again",
      "not-checked": "⚠️ not checked",
    });
    expect(COULD_MOVE).toBe("✅ could move");
    expect(OUTCOMES).toEqual({
      migrated: "✅ moved live",
      "already-there": "✅ there already",
      refused: "⛔ refused",
      failed: "⛔ failed, intact",
      "needs-attention": "🛑 NEEDS A HUMAN",
      "still-running": "⚠️ still running",
    });
    expect(NOTES).toEqual({
      refused: "refused",
      failed: "failed",
      "needs-attention": "needs a human",
      "still-running": "still running",
    });
    expect(ARROW_NOTES).toEqual({ moves: "", blocked: "blocked", unsure: "not checked" });
    expect(Object.values(TITLES)).toEqual([
      ...["What stands in the way", "Warnings", "Failed checks", "What went wrong", "Not checked"],
      ...["What Pulumi said", "Ids"],
    ]);
    // As many columns as the line below the head has.
    for (const [head, columns] of Object.values(HEADS)) expect(columns.match(/\|/g)).toEqual(head.match(/\|/g));
  });

  it("are each used", () => {
    expect(unusedCodes([...COUNTED_CODES, ...SENTENCE_CODES], "review/words.ts")).toEqual([]);
  });
});
