import { describe, expect, it } from "vitest";
import { blocker, transientBlocker, transientWarning } from "../../../../migration/plan/finding.ts";
import type { Check } from "../../../../migration/contract/record.ts";
import { summarise, type SummaryInputs } from "../../../../migration/engine/summary.ts";

const passed = (check: string): Check => ({ check, expected: "x", observed: "x", outcome: "passed" });
const hidden = (check: string): Check => ({
  check,
  expected: "x",
  observed: "unknown",
  outcome: "not-checked",
  reason: "forbidden",
});
const wrong: Check = {
  check: "volume-attached-once",
  subject: "vol-1",
  expected: "1 attachment, on a",
  observed: "2 attachments, on a and b",
  outcome: "failed",
  reason: "look",
};
const inputs = (over: Partial<SummaryInputs>): SummaryInputs => ({
  outcome: "migrated",
  server: { id: "id-1", name: "vm01" },
  source: "a",
  destination: "b",
  current: "b",
  status: "ACTIVE",
  checks: [passed("host"), passed("server-status"), hidden("guest-reachable")],
  findings: [],
  migrationStatus: "completed",
  reason: null,
  adopted: false,
  downtimeMilliseconds: null,
  ...over,
});
const down = transientBlocker("destination-down", {
  path: "host",
  value: "b is down",
  problem: "nova-compute on b does not report: Nova refuses to migrate to it",
  fix: "look at nova-compute on b; `openstack compute service list` shows when it is up again",
});

describe("the summary", () => {
  it.each<[string, Partial<SummaryInputs>, string]>([
    [
      "moved",
      { downtimeMilliseconds: 420 },
      "vm01 (id-1) moved live from a to b; 2 checks passed, 1 not checked, downtime 420 ms",
    ],
    [
      "moved by an earlier run",
      { adopted: true, checks: [] },
      "vm01 (id-1) moved live from a to b (begun by an earlier run); 0 checks passed",
    ],
    ["there", { outcome: "already-there" }, "vm01 (id-1) runs on b: nothing to move; 2 checks passed, 1 not checked"],
    [
      "refused",
      {
        outcome: "refused",
        current: "a",
        findings: [
          down,
          transientWarning("server-paused", {
            path: "server",
            value: "PAUSED",
            problem: "the guest is paused",
            fix: "unpause it",
          }),
        ],
      },
      "vm01 (id-1) was not moved and stays on a: nova-compute on b does not report: Nova refuses to migrate to it (fix: look at nova-compute on b; `openstack compute service list` shows when it is up again)",
    ],
    [
      "failed",
      { outcome: "failed", current: "a", migrationStatus: "error", reason: "No valid host was found. " },
      "the live migration of vm01 (id-1) to b failed (error): No valid host was found. It is intact on a, each volume attached once; 2 checks passed, 1 not checked. Fix the cause, then run this again",
    ],
    [
      "failed without a reason",
      { outcome: "failed", current: null, source: "a", migrationStatus: null },
      "the live migration of vm01 (id-1) to b failed (no record): Nova's API gives no reason; the log of nova-compute on a has it. It is intact on its source, each volume attached once; 2 checks passed, 1 not checked. Fix the cause, then run this again",
    ],
    [
      "failed without a reason, as an abort may",
      { outcome: "failed", current: "a", source: "a", migrationStatus: "failed" },
      "the live migration of vm01 (id-1) to b failed (failed): Nova's API gives no reason; the log of nova-compute on a has it. An abort can end like this, too: by an operator, or by Nova's own time-out (live_migration_completion_timeout). It is intact on a, each volume attached once; 2 checks passed, 1 not checked. Fix the cause, then run this again",
    ],
    [
      "failed, without volumes",
      { outcome: "failed", current: "a", migrationStatus: "failed", reason: "boom", checks: [passed("image")] },
      "the live migration of vm01 (id-1) to b failed (failed): boom. It is intact on a; 1 checks passed. Fix the cause, then run this again",
    ],
    [
      "still running",
      { outcome: "still-running", reason: "not done after 5 s; abort (not done after 5 s): accepted" },
      "vm01 (id-1) is still migrating to b: not done after 5 s; abort (not done after 5 s): accepted. Nova continues with it; run the same command again to watch it to its end",
    ],
    [
      "moved, not wholly verified",
      { outcome: "still-running", checks: [passed("server-id"), hidden("allocations")] },
      "vm01 (id-1) moved live from a to b, but not all of it could be verified: allocations (forbidden); 1 checks passed, 1 not checked. Run this again: it moves nothing more, and verifies the rest",
    ],
    [
      "failed, not wholly verified",
      {
        outcome: "still-running",
        current: "a",
        migrationStatus: "failed",
        reason: "boom",
        checks: [passed("server-id"), hidden("allocations")],
      },
      "the live migration of vm01 (id-1) to b failed (failed): boom. It is on a, each volume attached once, but not all of it could be verified: allocations (forbidden); 1 checks passed, 1 not checked. `live-migrate verify` verifies the rest; run this again to move it",
    ],
    [
      "there, not wholly verified",
      { outcome: "still-running", migrationStatus: null, checks: [passed("server-id"), hidden("port-bound")] },
      "vm01 (id-1) is on b: nothing to move, but not all of it could be verified: port-bound (forbidden); 1 checks passed, 1 not checked. Run this again to verify the rest",
    ],
    [
      "attached twice",
      { outcome: "needs-attention", current: "a", migrationStatus: "error", checks: [passed("host"), wrong] },
      "vm01 (id-1) NEEDS A HUMAN: its volumes are attached on two hosts; the guest runs on one of them, and a start on the other would have two guests write to the same volumes; its migration is recorded as error; volume-attached-once of vol-1: 2 attachments, on a and b instead of 1 attachment, on a. Nova says that it is on a. Do not restart, migrate or evacuate it before you have looked where the guest runs (docs/operations.md)",
    ],
    [
      "aborted by someone",
      { outcome: "failed", current: "a", migrationStatus: "cancelled", checks: [passed("host")] },
      "the live migration of vm01 (id-1) to b was aborted: by an operator, or by Nova's own time-out (live_migration_completion_timeout). It is intact on a, each volume attached once; 1 checks passed. To move it, run the move again",
    ],
    [
      "not provable",
      {
        outcome: "needs-attention",
        current: null,
        checks: [passed("host"), hidden("volume-in-use"), hidden("guest-reachable")],
      },
      "vm01 (id-1) NEEDS A HUMAN: could not be checked: volume-in-use (forbidden). Nova says that it is on an unknown host. Do not restart, migrate or evacuate it before you have looked where the guest runs (docs/operations.md)",
    ],
    [
      "refused, but unclean",
      {
        outcome: "needs-attention",
        current: "a",
        checks: [],
        migrationStatus: null,
        findings: [
          blocker("server-state", {
            path: "server",
            value: "status ERROR",
            problem: "this one is ERROR (boom)",
            fix: "find out why first",
          }),
        ],
      },
      "vm01 (id-1) NEEDS A HUMAN: this one is ERROR (boom) (fix: find out why first). Nova says that it is on a. Do not restart, migrate or evacuate it before you have looked where the guest runs (docs/operations.md)",
    ],
  ])("%s", (_, over, text) => {
    expect(summarise(inputs(over))).toBe(text);
  });

  it.each(["already-there", "migrated", "refused", "failed", "needs-attention", "still-running"] as const)(
    "is one line without holes, also for those who may see nothing (%s)",
    (outcome) => {
      const blind = { outcome, source: null, destination: null, current: null, migrationStatus: null, checks: [] };
      const text = summarise(inputs({ ...blind, findings: [down] }));
      expect(text).not.toMatch(/\n|null|undefined|NaN|\(\)|: ;|; ;/);
    },
  );
});
