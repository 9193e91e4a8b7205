import type { V } from "../../catalogue.ts";
import { blocker, warning } from "./finding-kinds.ts";

/** Findings about the zone that a server is pinned to. */
export const PIN_TEXTS = {
  pinned: blocker(({ pin, zone }: V<"pin" | "zone">) => ({
    path: "azPin",
    value: `pinned to ${pin}`,
    problem: `the server was created for the availability zone ${pin}, and Nova's scheduler refuses it in ${zone}`,
    fix:
      "azPin: unpin (compute API 2.104 or newer: unpins, moves, pins to the new zone); azPin: force (bypasses the scheduler; " +
      "the old pin stays and later cold migrations or evacuations go back to it); or shelve and unshelve it without a zone, which stops it",
  })),
  "unpin-impossible": blocker(({ pin, max }: V<"pin" | "max">) => ({
    path: "azPin",
    value: `unpin, pinned to ${pin}, compute ${max}`,
    problem: "changing the pinned zone of a running server needs compute API 2.104; this cloud's ends before",
    fix: "azPin: force (the old pin stays), or shelve and unshelve it without a zone, which stops it",
  })),
  "force-keeps-pin": warning(({ pin, zone, unpin }: V<"pin" | "zone" | "unpin">) => ({
    path: "azPin",
    value: `force, pinned to ${pin}`,
    problem: `forced to ${zone} past the scheduler, the server stays pinned to ${pin}: a later cold migration, evacuation or unshelve goes back there or fails`,
    fix: unpin,
  })),
  "pin-unknown": warning(({ reason, zone }: V<"reason" | "zone">) => ({
    path: "azPin",
    value: reason,
    problem: `whether the server is pinned to a zone cannot be seen on this cloud; if it is, Nova will find "No valid host" in ${zone}`,
    fix: "nothing is lost if so: the server stays where it is; azPin: force moves it all the same (its pin stays), or shelve and unshelve it without a zone, which stops it",
  })),
  "pin-not-set": warning(({ zone, reason }: V<"zone" | "reason">) => ({
    path: "azPin",
    value: `unpinned, wanted ${zone}`,
    problem: `the server was unpinned for the move, and could not be pinned to ${zone} afterwards: ${reason}`,
    fix: `run this again, or set its pinned_availability_zone to ${zone} by hand (compute API 2.104)`,
  })),
  "pin-missing": warning(({ zone }: V<"zone">) => ({
    path: "azPin",
    value: `unpinned, was pinned to ${zone}`,
    problem: `the server was unpinned for the move from ${zone}, and is left without its pin until a human has looked`,
    fix: "once the server is whole again, run this again: it pins the server to the zone where it is",
  })),
};
