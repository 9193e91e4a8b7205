import { LONGEST_REASON } from "../../openstack/compute/host-maintenance.ts";
import { oneLine } from "../../text/visible.ts";

/**
 * What this program writes into the disabled reason of a host that it closes. It is the memory of a maintenance: whose it
 * is, since when, and which migrations came later, whatever machine the next command runs on.
 */
export interface Marker {
  /** ISO 8601, by the clock of the machine that ran the drain: for people. */
  since: string;
  /** Id of the host's newest migration at that time, 0: none. Ids rise within a host's cell, whatever clocks say. */
  after: number;
  /** The operator's own words; empty: none. */
  reason: string;
}

const FORM = /^openstack-live-migration: maintenance since (\S{1,40}), after migration (\d{1,18})(?:: (.*))?$/;

/** The text of a marker; its reason is shortened to what Nova takes. Pure. */
export function markerText({ since, after, reason }: Marker): string {
  const own = `openstack-live-migration: maintenance since ${since}, after migration ${after}`;
  const words = oneLine(reason).trim();
  const text = words === "" ? own : `${own}: ${words}`;
  return Array.from(text).slice(0, LONGEST_REASON).join("").trimEnd();
}

/** Reads a disabled reason. Null: it is someone else's, or somebody has changed it. Pure. */
export function readMarker(disabledReason: string | null): Marker | null {
  const [, since, after, reason = ""] = FORM.exec(disabledReason ?? "") ?? [];
  if (since === undefined || after === undefined || Number.isNaN(Date.parse(since))) return null;
  return { since, after: Number(after), reason };
}

/** Whose it is that a host is closed. Pure. */
export function disabledBy(host: {
  enabled: boolean;
  disabledReason: string | null;
}): "this-program" | "others" | "nobody" {
  if (host.enabled) return "nobody";
  return readMarker(host.disabledReason) === null ? "others" : "this-program";
}
