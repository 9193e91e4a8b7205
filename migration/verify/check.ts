import { oneLine } from "../../text/visible.ts";
import { message } from "../message.ts";
import type { Check, MigrationRecord } from "../contract/record.ts";

/** Why a check failed or was not made, and what to do about it; no `fix`: there is nothing to do. */
export interface Reason {
  reason: string;
  fix?: string;
}

/** What is checked. */
type About = Pick<Check, "check" | "subject" | "expected">;

const inOneLine = ({ reason, fix }: Reason): Reason => ({
  reason: oneLine(reason),
  ...(fix !== undefined && { fix: oneLine(fix) }),
});

export const passed = (about: About): Check => ({ ...about, observed: about.expected, outcome: "passed" });

export const failed = (about: About, observed: string, why: Reason): Check => ({
  ...about,
  observed,
  outcome: "failed",
  ...inOneLine(why),
});

/** A check that could not be made. */
export const notChecked = (about: About, why: Reason): Check => ({
  ...about,
  observed: "unknown",
  outcome: "not-checked",
  ...inOneLine(why),
});

/** Passed if `observed` is what is expected, else failed. */
export const compare = (about: About, observed: string, wrong: Reason): Check =>
  observed === about.expected ? passed(about) : failed(about, observed, wrong);

/** Of a record that another version wrote. */
export const NO_REASON = "no reason is given";

/** What a person reads beside what was observed. @example "no hypervisor of node-31 is visible. Fix: look for it …" */
export function describeReason({
  reason = NO_REASON,
  fix,
}: {
  reason?: string | undefined;
  fix?: string | undefined;
}): string {
  return fix === undefined ? reason : message(reason, fix);
}

/** @example "port-bound of 4453…: bound to node-28, DOWN instead of bound to node-28, ACTIVE" */
export const describeWrong = ({ check, subject, outcome, expected, observed, reason }: Check): string =>
  `${check}${subject ? ` of ${subject}` : ""}: ${outcome === "not-checked" ? (reason ?? "unknown") : `${observed} instead of ${expected}`}`;

/** The record's checks as lines for a person, failed ones first, each with what to do. */
export function describeChecks({ checks }: Pick<MigrationRecord, "checks">): string[] {
  const order = { failed: 0, "not-checked": 1, passed: 2 };
  const mark = { failed: "FAILED", "not-checked": "not checked", passed: "ok" };
  return [...checks]
    .sort((a, b) => order[a.outcome] - order[b.outcome])
    .map(({ check, subject, outcome, observed, expected, reason, fix }) => {
      const what = `${mark[outcome].padEnd(11)}  ${check}${subject ? ` ${subject}` : ""}: `;
      if (outcome === "passed") return what + observed;
      if (outcome === "not-checked") return what + describeReason({ reason, fix });
      return `${what}${observed}, expected ${expected} (${reason ?? ""})${fix === undefined ? "" : `. Fix: ${fix}`}`;
    });
}
