import type { Check } from "../record.ts";
import { notChecked } from "../verify.ts";
import type { GuestFacts } from "./facts.ts";

/** What was learnt of the guest: its facts, or why there are none. */
export type GuestAnswer = { ok: true; facts: GuestFacts } | { ok: false; reason: string };

export interface GuestEvidence {
  /** Before (or during) the move. */
  before: GuestAnswer;
  after: GuestAnswer;
  /** The migration; null: nothing was moved. */
  move: MoveAge | null;
}

/** How long ago a migration took place. */
export interface MoveAge {
  beganSecondsAgo: number;
  /** 0 for one that was watched to its end. */
  endedSecondsAgo: number;
}

/** Clocks of cloud and guest, and the pause of the move itself, may differ by so many seconds. */
const CLOCK_TOLERANCE_SECONDS = 10;

/** The checks inside the guest. Pure. */
export function guestChecks({ before, after, move }: GuestEvidence): Check[] {
  const expected = "answers over ssh";
  if (!after.ok) {
    // Silent before as well: that is no news, and nothing was checked.
    if (!before.ok) return [notChecked("guest-reachable", expected, after.reason), ...blind(after.reason)];
    const gone: Check = {
      check: "guest-reachable",
      expected,
      observed: "no answer",
      outcome: "failed",
      reason: `the guest answered before and does not now: ${after.reason}`,
    };
    return [gone, ...blind(after.reason)];
  }
  return [
    { check: "guest-reachable", expected, observed: expected, outcome: "passed" },
    ...comparison(before, after.facts, move),
  ];
}

const blind = (reason: string): Check[] => [
  notChecked("guest-not-rebooted", "same boot id", reason),
  notChecked("guest-block-devices", "as before", reason),
];

/**
 * A guest that was booted after a migration had ended (a run that verifies late may find that) was not rebooted by it;
 * whether it came through the move, and with what, cannot be told any more.
 */
function comparison(before: GuestAnswer, after: GuestFacts, move: MoveAge | null): Check[] {
  const bootedSince = after.uptimeSeconds + CLOCK_TOLERANCE_SECONDS < (move?.endedSecondsAgo ?? 0);
  const sameBoot = before.ok && before.facts.bootId === after.bootId;
  if (!bootedSince || sameBoot) return [rebootCheck(before, after, move), ...sameness(before, after)];
  const later = Math.round((move?.endedSecondsAgo ?? 0) - after.uptimeSeconds);
  const reason = `the guest was booted anew ${later} s after the migration had ended`;
  return [notChecked("guest-not-rebooted", "same boot id", reason), ...sameness({ ok: false, reason }, after)];
}

/** By boot id where one is known from before, else by uptime against the start of the migration. */
function rebootCheck(before: GuestAnswer, after: GuestFacts, move: MoveAge | null): Check {
  const check = "guest-not-rebooted";
  if (before.ok) {
    const [expected, observed] = [`boot id ${before.facts.bootId}`, `boot id ${after.bootId}`];
    return expected === observed
      ? { check, expected, observed, outcome: "passed" }
      : { check, expected, observed, outcome: "failed", reason: "the guest was rebooted meanwhile" };
  }
  if (move === null) return notChecked(check, "same boot id", before.reason);
  const expected = `up for longer than the ${Math.round(move.beganSecondsAgo)} s since the migration began`;
  const observed = `up for ${Math.round(after.uptimeSeconds)} s`;
  return after.uptimeSeconds + CLOCK_TOLERANCE_SECONDS >= move.beganSecondsAgo
    ? { check, expected, observed, outcome: "passed" }
    : { check, expected, observed, outcome: "failed", reason: "the guest was booted after the migration began" };
}

/** Block devices, file systems (what and how large: how full may change while a guest runs) and files, as before. */
function sameness(before: GuestAnswer, after: GuestFacts): Check[] {
  const was = before.ok ? before.facts : null;
  const why = before.ok ? "" : before.reason;
  const same = (check: string, expected: string | null, observed: string | null, absent: string, subject?: string) => {
    if (was === null) return notChecked(check, "as before", why, subject);
    if (expected === null) return notChecked(check, "as before", absent, subject);
    const base = { check, ...(subject === undefined ? {} : { subject }), expected, observed: observed ?? "missing" };
    return expected === observed
      ? ({ ...base, outcome: "passed" } satisfies Check)
      : ({ ...base, outcome: "failed", reason: "the guest sees something else than before" } satisfies Check);
  };
  const text = (filesystem: { device: string; sizeKiB: number } | null | undefined) =>
    filesystem ? `${filesystem.device}, ${filesystem.sizeKiB} KiB` : null;
  return [
    same("guest-block-devices", was?.blockDevices.join("; ") ?? null, after.blockDevices.join("; "), ""),
    ...Object.entries(after.filesystems).map(([path, filesystem]) =>
      same(
        "guest-filesystem",
        text(was?.filesystems[path]),
        text(filesystem),
        "nothing was mounted there before",
        path,
      ),
    ),
    ...Object.entries(after.files).map(([path, sum]) =>
      same("guest-file", was?.files[path] ?? null, sum, "the file could not be read before", path),
    ),
  ];
}
