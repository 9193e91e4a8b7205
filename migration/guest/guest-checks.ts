import { compare, failed, notChecked, passed, type Reason } from "../verify/check.ts";
import type { Check } from "../contract/record.ts";
import type { GuestFacts } from "./facts.ts";

/** The guest's facts, or why there are none. */
export type GuestAnswer = { ok: true; facts: GuestFacts } | NoAnswer;
export type NoAnswer = { ok: false } & Reason;

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
  /** A cold one: the guest was started anew for it, so that it has another boot id. */
  restarts?: boolean;
}

/** Tolerance for the clocks of cloud and guest and for the pause of the move, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 10;

const REACHABLE = { check: "guest-reachable", expected: "answers over ssh" };
const SAME_BOOT = { check: "guest-not-rebooted", expected: "same boot id" };
const LOOK_INSIDE = "look inside it, and at its console: `openstack console log show`";

/** The checks inside the guest. Pure. */
export function guestChecks({ before, after, move }: GuestEvidence): Check[] {
  const restarts = move?.restarts === true;
  if (after.ok) {
    const same = restarts ? sameness(before, after.facts) : comparison(before, after.facts, move);
    return [passed(REACHABLE), ...same];
  }
  // One that was silent before as well is not checked.
  const reachable = before.ok
    ? failed(REACHABLE, "no answer", {
        reason: `the guest answered before and does not now: ${after.reason}`,
        fix: "look at its network, then at its console: `openstack console log show`",
      })
    : notChecked(REACHABLE, after);
  const devices = { check: "guest-block-devices", expected: "as before" };
  return [reachable, ...(restarts ? [] : [notChecked(SAME_BOOT, after)]), notChecked(devices, after)];
}

/**
 * A guest that was booted after a migration had ended (a run that verifies late may find that) was not rebooted by it;
 * whether it came through the move, and with what, is no longer known.
 */
function comparison(before: GuestAnswer, after: GuestFacts, move: MoveAge | null): Check[] {
  const bootedSince = after.uptimeSeconds + CLOCK_TOLERANCE_SECONDS < (move?.endedSecondsAgo ?? 0);
  const sameBoot = before.ok && before.facts.bootId === after.bootId;
  if (!bootedSince || sameBoot) return [rebootCheck(before, after, move), ...sameness(before, after)];
  const later = Math.round((move?.endedSecondsAgo ?? 0) - after.uptimeSeconds);
  const why = { reason: `the guest was booted again ${later} s after the migration had ended` };
  return [notChecked(SAME_BOOT, why), ...sameness({ ok: false, ...why }, after)];
}

/** By boot id where one is known from before, else by uptime against the start of the migration. */
function rebootCheck(before: GuestAnswer, after: GuestFacts, move: MoveAge | null): Check {
  const { check } = SAME_BOOT;
  if (before.ok) {
    return compare({ check, expected: `boot id ${before.facts.bootId}` }, `boot id ${after.bootId}`, {
      reason: "the guest was rebooted meanwhile",
      fix: LOOK_INSIDE,
    });
  }
  if (move === null) return notChecked(SAME_BOOT, before);
  const expected = `up for longer than the ${Math.round(move.beganSecondsAgo)} s since the migration began`;
  const observed = `up for ${Math.round(after.uptimeSeconds)} s`;
  return after.uptimeSeconds + CLOCK_TOLERANCE_SECONDS >= move.beganSecondsAgo
    ? { ...passed({ check, expected }), observed }
    : failed({ check, expected }, observed, {
        reason: "the guest was booted after the migration began",
        fix: LOOK_INSIDE,
      });
}

const UNMOUNTED: Reason = {
  reason: "nothing was mounted there before",
  fix: "mount it before the move, or take it out of the mount points of `guest`",
};
const UNREADABLE: Reason = {
  reason: "the file could not be read before",
  fix: "let the user of `guest` read it, or take it out of the files of `guest`",
};

/** Block devices, file systems (what and how large: how full may change while a guest runs) and files, as before. */
function sameness(before: GuestAnswer, after: GuestFacts): Check[] {
  const was = before.ok ? before.facts : null;
  const same = (
    check: string,
    subject: string | undefined,
    expected: string | null,
    observed: string | null,
    absent: Reason,
  ) => {
    const about = { check, ...(subject !== undefined && { subject }), expected: expected ?? "as before" };
    if (!before.ok) return notChecked({ ...about, expected: "as before" }, before);
    if (expected === null) return notChecked(about, absent);
    return compare(about, observed ?? "missing", {
      reason: "the guest sees something else than before",
      fix: LOOK_INSIDE,
    });
  };
  const text = (filesystem: { device: string; sizeKiB: number } | null | undefined) =>
    filesystem ? `${filesystem.device}, ${filesystem.sizeKiB} KiB` : null;
  return [
    // A guest that answered has listed these.
    same(
      "guest-block-devices",
      undefined,
      was?.blockDevices.join("; ") ?? "",
      after.blockDevices.join("; "),
      UNMOUNTED,
    ),
    ...Object.entries(after.filesystems).map(([path, filesystem]) =>
      same("guest-filesystem", path, text(was?.filesystems[path]), text(filesystem), UNMOUNTED),
    ),
    ...Object.entries(after.files).map(([path, sum]) =>
      same("guest-file", path, was?.files[path] ?? null, sum, UNREADABLE),
    ),
  ];
}
