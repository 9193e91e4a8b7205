import { describe, expect, it } from "vitest";
import { guestChecks, type GuestAnswer, type MoveAge } from "../../../../migration/guest/guest-checks.ts";
import type { GuestFacts } from "../../../../migration/guest/facts.ts";

const FACTS: GuestFacts = {
  bootId: "boot-1",
  uptimeSeconds: 500,
  blockDevices: ["vda", "vdb"],
  filesystems: { "/mnt": { device: "/dev/vdb1", sizeKiB: 1000 } },
  files: { "/mnt/f": "sum" },
};
const says = (over: Partial<GuestFacts> = {}): GuestAnswer => ({ ok: true, facts: { ...FACTS, ...over } });
/** Watched by this run: it has ended just now. */
const JUST_MOVED: MoveAge = { beganSecondsAgo: 60, endedSecondsAgo: 0 };
const silent: GuestAnswer = { ok: false, reason: "no route" };
const outcomes = (before: GuestAnswer, after: GuestAnswer, move: MoveAge | null = JUST_MOVED) =>
  Object.fromEntries(guestChecks({ before, after, move }).map(({ check, outcome }) => [check, outcome]));
const ALL = ["guest-reachable", "guest-not-rebooted", "guest-block-devices", "guest-filesystem", "guest-file"];
const all = (outcome: string, over: object = {}) => ({
  ...Object.fromEntries(ALL.map((check) => [check, outcome])),
  ...over,
});

describe("guestChecks", () => {
  it("pass for a guest that is as before", () => {
    expect(outcomes(says(), says({ uptimeSeconds: 560 }))).toEqual(all("passed"));
  });

  it.each<[string, Partial<GuestFacts>, string]>([
    ["was rebooted", { bootId: "boot-2" }, "guest-not-rebooted"],
    ["lost a disk", { blockDevices: ["vda"] }, "guest-block-devices"],
    ["has nothing mounted any more", { filesystems: { "/mnt": null } }, "guest-filesystem"],
    [
      "has another file system there",
      { filesystems: { "/mnt": { device: "/dev/vdc1", sizeKiB: 1000 } } },
      "guest-filesystem",
    ],
    ["has another content", { files: { "/mnt/f": "other" } }, "guest-file"],
    ["cannot read its file", { files: { "/mnt/f": null } }, "guest-file"],
  ])("fail for a guest that %s", (_, over, failed) => {
    expect(outcomes(says(), says(over))).toEqual(all("passed", { [failed]: "failed" }));
  });

  it("fail for a guest that answered before and does not now", () => {
    expect(outcomes(says(), silent)).toMatchObject({
      "guest-reachable": "failed",
      "guest-not-rebooted": "not-checked",
    });
  });

  it("are not made for a guest that never answered", () => {
    const made = guestChecks({ before: silent, after: silent, move: JUST_MOVED });
    expect(made.every(({ outcome, reason }) => outcome === "not-checked" && reason === "no route")).toBe(true);
    expect(made.map(({ check }) => check)).toEqual(ALL.slice(0, 3));
  });

  it("know a reboot by the uptime where nothing is known from before", () => {
    const known = { "guest-reachable": "passed", "guest-not-rebooted": "passed" };
    expect(outcomes(silent, says())).toEqual(all("not-checked", known));
    expect(outcomes(silent, says({ uptimeSeconds: 40 }))).toMatchObject({ "guest-not-rebooted": "failed" });
    expect(outcomes(silent, says({ uptimeSeconds: 55 }))).toMatchObject({ "guest-not-rebooted": "passed" });
    expect(outcomes(silent, says(), null)).toMatchObject({ "guest-not-rebooted": "not-checked" });
  });

  it("hold no boot against a move that had ended before it, however often it is verified", () => {
    const late: MoveAge = { beganSecondsAgo: 3600, endedSecondsAgo: 3590 };
    const restarted = says({ uptimeSeconds: 300, bootId: "boot-2", blockDevices: ["vda"] });
    const known = { "guest-reachable": "passed" };
    expect(outcomes(says(), restarted, late)).toEqual(all("not-checked", known));
    expect(outcomes(silent, restarted, late)).toEqual(all("not-checked", known));
    // The same boot as before the move still proves everything.
    expect(outcomes(says(), says({ uptimeSeconds: 300 }), late)).toEqual(all("passed"));
    // Booted while it was being moved: that is the move's doing.
    const moving: MoveAge = { beganSecondsAgo: 3600, endedSecondsAgo: 290 };
    expect(outcomes(says(), restarted, moving)).toMatchObject({ "guest-not-rebooted": "failed" });
  });

  it("do not compare with what was not there before", () => {
    const before = says({ filesystems: { "/mnt": null }, files: { "/mnt/f": null } });
    expect(outcomes(before, says())).toMatchObject({ "guest-filesystem": "not-checked", "guest-file": "not-checked" });
    expect(outcomes(says({ filesystems: {}, files: {} }), says())).toMatchObject({ "guest-file": "not-checked" });
  });
});
