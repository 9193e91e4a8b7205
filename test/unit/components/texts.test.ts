import { expect, it } from "vitest";
import { kindOf, TEXT_CODES, textOf, type TextCode, type TextKind } from "../../../components/texts.ts";
import { ANYTHING, unusedCodes } from "../../support/catalogue.ts";

/** Every text word by word, with what it does for its reader. */
const TEXTS: Record<TextCode, [kind: TextKind, text: string]> = {
  "move-not-checked": ["part", "not checked: the move to <target>: <reason>"],
  "place-not-checked": ["part", "not checked: whether it still runs on <target>: <reason>"],
  "cloud-late": [
    "mend",
    "the cloud did not answer within <seconds> s; preview again when it does, or let `pulumi up` look by itself",
  ],
  unexpected: ["mend", "unexpectedly, <error>; `pulumi up` looks by itself before it acts"],
  "drift-ignored": [
    "mend",
    "drift: the server is on <place>, not on <target> as declared; nothing is moved (onDrift: warn). Fix: declare the place that it is in, or set onDrift: restore",
  ],
  "drift-stays": ["part", "drift: the server is on <place>, not on <target> as declared, and it cannot be moved back"],
  "drift-restored": [
    "note",
    "drift: the server is on <place>, not on <target> as declared; `pulumi up` moves it back (onDrift: restore)",
  ],
  "drift-restored-anyway": [
    "mend",
    "drift: the server is on <place>, not on <target> as declared; `pulumi up` moves it back although onDrift is <policy>, for another setting of its migration changed, and the engine brings the server to where it is declared. Fix: to leave it there, declare the place that it is in",
  ],
  "drift-not-looked-for": [
    "mend",
    "drift is not looked for: the stack's last state cannot be read: <reason>. Fix: see to the stack's backend, then preview again",
  ],
  away: [
    "note",
    "the server is away: it is on <place>, because <why>. It stays there until <target> is open again; then `pulumi up` moves it back (onDrift: restore)",
  ],
  "may-differ": ["part", "<finding> (it may be different by the time of `up`, which refuses otherwise)"],
  "cloud-unknown": ["part", "not checked: nothing was asked of the cloud, and `pulumi up` will refuse: <reason>"],
  "plan-not-written": [
    "mend",
    "the plan could not be written to <folder>: <reason>. Fix: set LIVE_MIGRATE_PLANS to a folder that can be written",
  ],
  "planned-moves": ["part", "the planned moves; nothing was moved"],
  "no-record": [
    "mend",
    "live-migrate printed no record of this version (<reason>): <output>. Fix: install the matching version of this program (`npm ci`, `npm run build`), then repeat",
  ],
  "not-checked": ["part", "not checked: <checks> (<why>)"],
  "refused-changes": ["part", "the changes; none of these servers was changed"],
  "other-network": ["note", "the server is also on network <network>, which is not declared; it stays as it is"],
  detached: ["part", "<volume> (<id>) is detached from <server>; <fate>"],
  kept: ["part", "it is kept in Cinder"],
  deleted: ["part", "it is deleted, for the server is not protected (protect: false)"],
  "detached-unused": ["note", "<detached>; the guest does not use it"],
  "detached-by-force": ["note", "<detached>; <finding> (forceDetach)"],
  "although-used": ["part", "although <found>"],
  "use-not-checked": ["part", "not checked: <found>"],
  "guest-uses-it": ["part", "the guest uses it (<uses>)"],
  "guest-may-use-it": ["part", "whether the guest uses it: <reason>"],
  "nobody-looked": ["part", "nobody looked"],
  "no-guest-access": ["part", "no access to the guest is configured"],
  "no-address": ["part", "the server has no address"],
  "image-missing": [
    "mend",
    "image <image> was not found: volumes that exist keep what they hold, a new one cannot be made of it (<reason>). Fix: name one that `openstack image list` has",
  ],
  "image-not-checked": [
    "mend",
    "image <image> was not checked, for the cloud did not say whether it has one (<reason>): volumes that exist keep what they hold, a new one cannot be made of it now. Fix: see to the cloud and its credentials, then preview again",
  ],
  "in-place-of-unchecked-image": ["part", "image <image>, which the cloud was not asked for"],
  "in-place-of-image": ["part", "no image named <image>"],
  "zone-has-servers": [
    "mend",
    "<host> cannot go from zone <from> to <to> while it has servers (Nova refuses): move <servers> to other hosts first, in an update of their own",
  ],
  "zones-cross": [
    "mend",
    "<host> cannot go from zone <from> to <to> in this update, since hosts cross between the zones: take the hosts out of their zones in one update, and add them in the next",
  ],
  "zone-of-others": [
    "mend",
    "<host> is in zone <from>, which this stack does not declare: remove it there before it can join <to>",
  ],
};

it.each(TEXT_CODES)("%s: word by word", (code) => {
  expect([kindOf(code), textOf(code, ANYTHING)]).toEqual(TEXTS[code]);
});

it("what has to be mended says how", () => {
  const says = /Fix: |; (run|preview|`pulumi up` looks)|: (install|move|take|remove) /;
  const silent = TEXT_CODES.filter((code) => kindOf(code) === "mend" && !says.test(TEXTS[code][1]));
  expect(silent).toEqual([]);
});

it("of these alone nothing is to be done", () => {
  expect(TEXT_CODES.filter((code) => kindOf(code) === "note")).toEqual([
    "away",
    "drift-restored",
    "other-network",
    "detached-unused",
    "detached-by-force",
  ]);
});

it("an image that nobody gave a reason for", () => {
  expect(textOf("image-missing", { image: "guest", reason: "" })).toContain("(no reason was given). Fix: name one");
});

it("each is used", () => {
  expect(unusedCodes(TEXT_CODES, "components/texts.ts")).toEqual([]);
});
