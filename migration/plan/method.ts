import { atLeast, type Microversion } from "../../openstack/http/microversion.ts";
import { finding } from "./findings/finding.ts";
import type { Finding, Pin } from "../contract/record.ts";
import type { AzPinPolicy } from "../contract/settings.ts";
import { say } from "../words.ts";
import type { Method } from "../cloud/cloud-api.ts";

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

/** Pure: the way to ask for the move, with what is to be said of it. `method` is undefined only beside a blocker. */
export function chooseMethod(inputs: MethodInputs): { method: Method | undefined; findings: Finding[] } {
  const { maxMicroversion: max, pin, policy, createdUnpinned, zone, currentZone } = inputs;
  const newest = atLeast(max, NEWEST_KNOWN) ? NEWEST_KNOWN : max;
  const validated: Method = { kind: "validated", microversion: newest };
  const zoneName = zone ?? say("destination-zone");
  const unpin = atLeast(max, FIRST_WITH_UNPIN) ? say("unpin-instead") : say("unpin-later");
  if (!pin.known) {
    // Within one zone a pin cannot matter. A pin that someone set later makes Nova refuse the move, which loses nothing.
    const isHarmless = (zone !== null && zone === currentZone) || (createdUnpinned && policy !== "force");
    if (isHarmless) return { method: validated, findings: [] };
    const findings = [finding("pin-unknown", { reason: pin.reason, zone: zoneName })];
    if (policy !== "force") return { method: validated, findings };
    return {
      method: { kind: "forced", microversion: LAST_WITH_FORCE },
      findings: [finding("force-keeps-pin", { pin: say("hidden-zone"), zone: zoneName, unpin })],
    };
  }
  if (pin.zone === null || pin.zone === zone) return { method: validated, findings: [] };
  switch (policy) {
    case "refuse":
      return { method: undefined, findings: [finding("pinned", { pin: pin.zone, zone: zoneName })] };
    case "unpin":
      return atLeast(max, FIRST_WITH_UNPIN)
        ? { method: { kind: "unpin", microversion: newest, from: pin.zone }, findings: [] }
        : { method: undefined, findings: [finding("unpin-impossible", { pin: pin.zone, max })] };
    case "force":
      return {
        method: { kind: "forced", microversion: LAST_WITH_FORCE },
        findings: [finding("force-keeps-pin", { pin: pin.zone, zone: zoneName, unpin })],
      };
  }
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
