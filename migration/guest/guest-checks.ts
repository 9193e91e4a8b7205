import { why, whyOf, type Why } from "../verify/check-messages.ts";
import type { Check } from "../contract/record.ts";
import { notChecked } from "../verify/checks.ts";
import type { GuestFacts } from "./facts.ts";

/** What was learnt of the guest: its facts, or why there are none. */
export type GuestAnswer = { ok: true; facts: GuestFacts } | NoAnswer;
/** No answer. */
export type NoAnswer = { ok: false } & Why;

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
    if (!before.ok) return [notChecked("guest-reachable", expected, whyOf(after)), ...blind(whyOf(after))];
    const gone: Check = {
      check: "guest-reachable",
      expected,
      observed: "no answer",
      outcome: "failed",
      ...why("guest-fell-silent", after),
    };
    return [gone, ...blind(whyOf(after))];
  }
  return [
    { check: "guest-reachable", expected, observed: expected, outcome: "passed" },
    ...comparison(before, after.facts, move),
  ];
}

const blind = (because: Why): Check[] => [
  notChecked("guest-not-rebooted", "same boot id", because),
  notChecked("guest-block-devices", "as before", because),
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
  const because = why("guest-booted-later", { seconds: String(later) });
  return [notChecked("guest-not-rebooted", "same boot id", because), ...sameness({ ok: false, ...because }, after)];
}

/** By boot id where one is known from before, else by uptime against the start of the migration. */
function rebootCheck(before: GuestAnswer, after: GuestFacts, move: MoveAge | null): Check {
  const check = "guest-not-rebooted";
  if (before.ok) {
    const [expected, observed] = [`boot id ${before.facts.bootId}`, `boot id ${after.bootId}`];
    return expected === observed
      ? { check, expected, observed, outcome: "passed" }
      : { check, expected, observed, outcome: "failed", ...why("guest-rebooted") };
  }
  if (move === null) return notChecked(check, "same boot id", whyOf(before));
  const expected = `up for longer than the ${Math.round(move.beganSecondsAgo)} s since the migration began`;
  const observed = `up for ${Math.round(after.uptimeSeconds)} s`;
  return after.uptimeSeconds + CLOCK_TOLERANCE_SECONDS >= move.beganSecondsAgo
    ? { check, expected, observed, outcome: "passed" }
    : { check, expected, observed, outcome: "failed", ...why("guest-booted-since") };
}

const UNMOUNTED = why("not-mounted-before");
const UNREADABLE = why("not-readable-before");

/** Block devices, file systems (what and how large: how full may change while a guest runs) and files, as before. */
function sameness(before: GuestAnswer, after: GuestFacts): Check[] {
  const was = before.ok ? before.facts : null;
  const same = (check: string, expected: string | null, observed: string | null, absent: Why, subject?: string) => {
    if (!before.ok) return notChecked(check, "as before", whyOf(before), subject);
    if (expected === null) return notChecked(check, "as before", absent, subject);
    const base = { check, ...(subject === undefined ? {} : { subject }), expected, observed: observed ?? "missing" };
    return expected === observed
      ? ({ ...base, outcome: "passed" } satisfies Check)
      : ({ ...base, outcome: "failed", ...why("guest-differs") } satisfies Check);
  };
  const text = (filesystem: { device: string; sizeKiB: number } | null | undefined) =>
    filesystem ? `${filesystem.device}, ${filesystem.sizeKiB} KiB` : null;
  return [
    // A guest that answered has told of these.
    same("guest-block-devices", was?.blockDevices.join("; ") ?? "", after.blockDevices.join("; "), UNMOUNTED),
    ...Object.entries(after.filesystems).map(([path, filesystem]) =>
      same("guest-filesystem", text(was?.filesystems[path]), text(filesystem), UNMOUNTED, path),
    ),
    ...Object.entries(after.files).map(([path, sum]) =>
      same("guest-file", was?.files[path] ?? null, sum, UNREADABLE, path),
    ),
  ];
}
