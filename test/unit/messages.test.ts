/** All messages in one snapshot: a change of a sentence shows in the review. Update it with `vitest -u`. */
import { describe, expect, it } from "vitest";
import { CHECK_TEXT_CODES, describeWhy, why } from "../../migration/verify/check-messages.ts";
import { because, FACT_TEXT_CODES } from "../../migration/cloud/unknown-facts.ts";
import { finding, FINDING_CODES } from "../../migration/plan/findings/finding.ts";
import { MESSAGE_CODES, told } from "../../migration/messages.ts";
import { END_CODES, ended, say, WORD_CODES } from "../../migration/words.ts";
import { ANYTHING } from "../support/catalogue.ts";

const all = <Code extends string>(codes: readonly Code[], message: (code: Code) => unknown) =>
  Object.fromEntries(codes.map((code) => [code, message(code)]));

const MESSAGES = {
  findings: all(FINDING_CODES, (code) => finding(code, ANYTHING)),
  "failed and missing checks": all(CHECK_TEXT_CODES, (code) => why(code, ANYTHING)),
  "unknown facts": all(FACT_TEXT_CODES, (code) => because(code, ANYTHING)),
  "failures without a record": all(MESSAGE_CODES, (code) => told(code, ANYTHING)),
  progress: all(WORD_CODES, (code) => say(code, ANYTHING)),
  "ends of watching": all(END_CODES, (code) => ended(code, ANYTHING)),
};

describe("messages", () => {
  it.each(Object.entries(MESSAGES))("have not changed: %s", (_, messages) => {
    expect(messages).toMatchSnapshot();
  });

  it("never show a missing value", () => {
    expect(JSON.stringify(MESSAGES)).not.toMatch(/undefined|\[object/);
  });

  it("say what to do in every finding and every failure without a record", () => {
    for (const code of FINDING_CODES) expect(finding(code, ANYTHING).fix).not.toBe("");
    for (const code of MESSAGE_CODES) expect(told(code, ANYTHING)).toContain(". Fix: ");
  });
});

describe("describeWhy", () => {
  it("reads as one sentence after the other", () => {
    expect(describeWhy({ reason: "it broke. ", fix: "repair it" })).toBe("it broke. Fix: repair it");
    expect(describeWhy({ reason: "it is over" })).toBe("it is over");
    expect(describeWhy({})).toBe("no reason is given");
  });
});
