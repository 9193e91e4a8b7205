import { atLeast, type Microversion } from "../../openstack/http/microversion.ts";
import type { Destination } from "./destination.ts";
import { blocker, warning } from "./finding.ts";
import type { Finding, Pin } from "../contract/record.ts";
import type { MigrationRequest } from "../contract/request.ts";
import type { AzPinPolicy } from "../contract/settings.ts";
import type { Method } from "../cloud/cloud-api.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

/** The newest microversion whose behaviour was read; a newer cloud is spoken to in this one. */
export const NEWEST_KNOWN: Microversion = "2.104";
/** The last one with `force` (nova/api/openstack/compute/schemas/migrate_server.py). */
const LAST_WITH_FORCE: Microversion = "2.67";
/** The first in which `PUT /servers/{id}` takes `pinned_availability_zone`. */
const FIRST_WITH_UNPIN: Microversion = "2.104";

/** What the choice is made from. */
export interface MethodInputs {
  maxMicroversion: Microversion;
  pin: Pin;
  policy: AzPinPolicy;
  /** Whether its creator says that it was not pinned. */
  createdUnpinned: boolean;
  /** Zone of the destination; null: not visible. */
  zone: string | null;
  /** Zone of the source; null: not visible. */
  currentZone: string | null;
}

/** What of a request and a snapshot decides the way of the move. Pure. */
export const methodInputs = (
  request: MigrationRequest,
  { microversions, server }: Snapshot,
  destination: Destination,
): MethodInputs => ({
  maxMicroversion: microversions.max,
  pin: server.pin,
  policy: request.azPin,
  createdUnpinned: request.createdUnpinned === true,
  zone: destination.host?.availabilityZone ?? null,
  currentZone: server.availabilityZone,
});

/** Pure: the way to request the move, and what to report about it. `method` is undefined only beside a blocker. */
export function chooseMethod(inputs: MethodInputs): { method: Method | undefined; findings: Finding[] } {
  const { maxMicroversion: max, pin, policy, createdUnpinned, zone, currentZone } = inputs;
  const newest = atLeast(max, NEWEST_KNOWN) ? NEWEST_KNOWN : max;
  const canUnpin = atLeast(max, FIRST_WITH_UNPIN);
  const validated: Method = { kind: "validated", microversion: newest };
  const zoneName = zone ?? "the destination's zone";
  const force = (pinnedTo: string) => ({
    method: { kind: "forced", microversion: LAST_WITH_FORCE } as const,
    findings: [
      warning("force-keeps-pin", {
        path: "azPin",
        value: `force, pinned to ${pinnedTo}`,
        problem: `forced to ${zoneName} past the scheduler, the server stays pinned to ${pinnedTo}: a later cold migration, evacuation or unshelve goes back there or fails`,
        fix: canUnpin
          ? "use azPin: unpin, which this cloud supports: it leaves no such pin"
          : "unpin it when the cloud has compute API 2.104",
      }),
    ],
  });
  if (!pin.known) {
    // Within one zone a pin cannot matter. A pin that someone set later makes Nova refuse the move, which loses nothing.
    const isHarmless = (zone !== null && zone === currentZone) || (createdUnpinned && policy !== "force");
    if (isHarmless) return { method: validated, findings: [] };
    if (policy === "force") return force("a zone that cannot be seen");
    const unknown = warning("pin-unknown", {
      path: "azPin",
      value: pin.reason,
      problem: `whether the server is pinned to a zone cannot be seen on this cloud; if it is, Nova will find "No valid host" in ${zoneName}`,
      fix: "nothing is lost if so: the server stays where it is; azPin: force moves it anyway (its pin stays), or shelve and unshelve it without a zone, which stops it",
    });
    return { method: validated, findings: [unknown] };
  }
  if (pin.zone === null || pin.zone === zone) return { method: validated, findings: [] };
  if (policy === "force") return force(pin.zone);
  if (policy === "unpin" && canUnpin) {
    return { method: { kind: "unpin", microversion: newest, from: pin.zone }, findings: [] };
  }
  const found =
    policy === "unpin"
      ? blocker("unpin-impossible", {
          path: "azPin",
          value: `unpin, pinned to ${pin.zone}, compute ${max}`,
          problem: "changing the pinned zone of a running server needs compute API 2.104; this cloud's ends before",
          fix: "azPin: force (the old pin stays), or shelve and unshelve it without a zone, which stops it",
        })
      : blocker("pinned", {
          path: "azPin",
          value: `pinned to ${pin.zone}`,
          problem: `the server was created for the availability zone ${pin.zone}, and Nova's scheduler refuses it in ${zoneName}`,
          fix:
            "azPin: unpin (compute API 2.104 or newer: unpins, moves, pins to the new zone); azPin: force (bypasses the scheduler; " +
            "the old pin stays and later cold migrations or evacuations go back to it); or shelve and unshelve it without a zone, which stops it",
        });
  return { method: undefined, findings: [found] };
}

/** One line for the record. */
export function describeMethod(method: Method): string {
  switch (method.kind) {
    case "validated":
      return `compute ${method.microversion}, host validated by the scheduler`;
    case "unpin":
      return `compute ${method.microversion}, unpinned from ${method.from}, host validated by the scheduler`;
    case "forced":
      return `compute ${method.microversion}, forced past the scheduler`;
  }
}
