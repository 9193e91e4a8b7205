import { describe, expect, it } from "vitest";
import { finding } from "../../../migration/finding.ts";
import { summarise, type SummaryInputs } from "../../../migration/summary.ts";
import { END_CODES, ended, outcomeOf, say, WORD_CODES, type EndCode, type WordCode } from "../../../migration/words.ts";
import { ANYTHING, unusedCodes } from "../../support/catalogue.ts";

/** What is said on the way, word by word. */
const SAID: Record<WordCode, string> = {
  adopting: "a live migration to <destination> is under way already: watching it",
  moving: "moving <server> from <source> to <destination>, <why>",
  verifying: "verifying <server> on <host>",
  settling: "waiting up to <seconds> s for Neutron, Cinder and Placement to follow: <what>",
  asked: "<intervention> of migration <id>: <answer>",
  stopping:
    "Stopping here; a migration that has begun goes on, and the same command resumes. Ctrl-C again within <seconds> s asks Nova to abort <them>.",
  "cloud-silent": "the cloud does not answer (<reason>); still watching",
  "record-not-written":
    "warning: the record could not be written: <reason>. Fix: `live-migrate verify` with --record makes one where it can be",
  "report-not-written":
    "warning: the report could not be written: <reason>. Fix: `live-migrate report` makes it from the record",
  "in-zone-already": "the server is in <zone> already",
  "on-its-way": "the server is on its way there",
  "least-loaded": "the least loaded of <zone> that can take it (also possible: <others>)",
  "forced-down": "is forced down",
  down: "is down",
  disabled: "is disabled",
  "unsuited-hypervisor": "has an unsuited hypervisor (<versions>)",
  full: "has no room",
  "apart-from-member": "has a member of the anti-affinity group <group>",
  "away-from-members": "has no other member of the affinity group <group>",
  "hypervisor-name": ": that is a hypervisor's host name",
  "other-spelling": ": its name is spelled otherwise",
  "ephemeral-disk": "an ephemeral disk of <gib> GiB",
  swap: "swap of <mib> MiB",
  "config-drive": "a config drive",
  "any-host": "any host",
  "hidden-zone": "a zone that cannot be seen",
  "destination-zone": "the destination's zone",
  "unpin-instead": "use azPin: unpin, which this cloud can do: it leaves no such pin",
  "unpin-later": "unpin it when the cloud has compute API 2.104",
  unpinning: "unpinning: <answer>",
  "another-was-faster": "someone else's live migration of it has begun meanwhile (<reason>)",
  "cause-hidden":
    "no API shows what stands in the way (fix: look in the log of nova-scheduler for the filter that refused <host>, and in that of nova-conductor for what failed after it)",
  "last-one": "; the last one (<id>, to <destination>) is <status>",
};

/** Why a run ended as it did, word by word. */
const ENDS: Record<EndCode, string> = {
  "no-progress": "memory remaining has reached no new low for <seconds> s",
  late: "not done after <seconds> s",
  "intervention-without-effect": "still <phase> <seconds> s after the <intervention>",
  intervened: "<intervention> (<reason>): <answer>",
  "compute-silent":
    "nova-compute on <hosts> does not report, and without it no migration ends: bring it up (`openstack compute service list` " +
    "shows when it is); meanwhile do not restart or evacuate the server, for its guest may run on either host",
  "watching-interrupted": "watching was interrupted",
  "intervention-declined": "Nova declines to <intervention> migration <id>, which is <status>: <answer>",
  "not-verified-yet": "a live migration is under way",
  "no-record": "no record of its migration can be seen, so that nothing proves how it ended",
  "record-stays": "its record stays <status> while the server is idle",
  "task-stays":
    "migration <id> is recorded as completed, but nova-compute on <destination> has not taken the server over, which keeps " +
    "the task of its migration. Its guest most probably runs on <destination>. Restart nova-compute on <destination>: it " +
    "then ends the migration, and `live-migrate verify` proves it. Do not only reset the server's state, and do not start " +
    "it on <source>: the power sync of <source> could stop the healthy guest",
  "rollback-stays":
    "migration <id> is recorded as <status>, but the server keeps the task of its migration. Its guest probably runs on " +
    "<source>; look with `virsh list` on <source> and on <destination>. Restart nova-compute on <source> if it does. Do " +
    "not only reset the server's state, and do not start it while its guest may run elsewhere",
  "nobody-ends-it":
    "nova-compute on <hosts> is down, and without it nothing ends migration <id>, which stays <status>. Its guest runs on " +
    "<source> or, if its memory was copied by then, on <destination>: look with `virsh list` on both. Restart " +
    "nova-compute on <hosts>, then `live-migrate verify`. Do not reset the server's state, and do not start or evacuate " +
    "it: two guests would write to the same volumes",
  "moved-by-others-after": "someone started another live migration after it (<id>, to <destination>: <status>)",
};

describe("what is said on the way", () => {
  it.each(WORD_CODES)("%s: word by word", (code) => {
    expect(say(code, ANYTHING)).toBe(SAID[code]);
  });

  it("has its fix where nothing else says what to do", () => {
    const written = WORD_CODES.filter((code) => /^warning: /.test(SAID[code]));
    expect(written.filter((code) => !SAID[code].includes(". Fix: "))).toEqual([]);
    expect(say("least-loaded", { zone: "nova2", others: "" })).toBe("the least loaded of nova2 that can take it");
  });

  it("names no host where Nova named none", () => {
    expect(say("last-one", { id: "7", destination: "", status: "error" })).toBe(
      "; the last one (7, to no host) is error",
    );
    expect(ended("moved-by-others-after", { id: "8", destination: "", status: "queued" })).toContain(
      "(8, to a host not told yet: queued)",
    );
  });

  it("is each used", () => {
    expect(unusedCodes(WORD_CODES, "migration/words.ts", "\\b(say|words)\\(")).toEqual([]);
  });
});

describe("why a run ended as it did", () => {
  const inputs = (over: Partial<SummaryInputs>): SummaryInputs => ({
    ...{ outcome: "migrated", server: { id: "id-1", name: "vm01" }, source: "a", destination: "b", current: "b" },
    ...{ status: "ACTIVE", checks: [], findings: [], migrationStatus: "running", reason: null, adopted: false },
    downtimeMilliseconds: null,
    ...over,
  });
  /** How a summary of each outcome that is not good closes. */
  const WHAT_TO_DO = {
    "still-running": /\. Nova goes on with it; run the same again to watch it to its end$/,
    "needs-attention": /\. Nova says that it is on b\. Do not restart, .* before you have looked where the guest runs/,
    failed: /\. It is intact on b, .*\. Mend the cause and run this again$/,
    refused: / \(fix: wait until it has ended, then run this again\)$/,
  } as const;

  it.each(END_CODES)("%s: word by word, and the summary says what to do", (code) => {
    const reason = ended(code, ANYTHING);
    expect(reason).toBe(ENDS[code]);
    const outcome = outcomeOf(code);
    const summary = summarise(inputs({ outcome, reason }));
    expect(summary).toContain(reason);
    expect(summary).toMatch(WHAT_TO_DO[outcome as keyof typeof WHAT_TO_DO]);
  });

  it.each(["failed", "refused"] as const)("%s, too, says what to do", (outcome) => {
    const findings = [finding("server-busy", { taskState: "resizing" })];
    const summary = summarise(inputs({ outcome, findings, reason: "No valid host was found." }));
    expect(summary).toMatch(WHAT_TO_DO[outcome]);
  });

  it("is each used", () => {
    expect(unusedCodes(END_CODES, "migration/words.ts", "\\bended\\(")).toEqual([]);
  });
});
