import type { Clock } from "../clock.ts";
import type { CloudApi } from "../cloud/cloud-api.ts";
import { warning } from "../plan/finding.ts";
import { retryUnanswered } from "../cloud/retry.ts";
import type { Finding } from "../contract/record.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

/**
 * Pins a server again that was unpinned for a move: to the zone where it is now, since Nova accepts no other ("Server can
 * only be pinned to its current availability zone", seen on Nova 34). Sends nothing if it is pinned to that zone already. A pin to
 * another zone was set while it moved, and would hold it back from now on: it is replaced.
 *
 * @param unpinnedFrom the zone that it was pinned to before; null: it was not unpinned. Used if its zone is hidden.
 * @returns the finding if Nova declines
 */
export async function restorePin(
  cloud: CloudApi,
  clock: Clock,
  { server }: Snapshot,
  unpinnedFrom: string | null,
): Promise<Finding | null> {
  if (unpinnedFrom === null) return null;
  const pinned = server.pin.known ? server.pin.zone : null;
  if (pinned !== null && (server.availabilityZone === null || pinned === server.availabilityZone)) return null;
  const zone = server.availabilityZone ?? unpinnedFrom;
  const { outcome, message } = await retryUnanswered(clock, () => cloud.pin(server.id, zone));
  if (outcome === "accepted") return null;
  return warning("pin-not-set", {
    path: "azPin",
    value: `unpinned, wanted ${zone}`,
    problem: `the server was unpinned for the move, and could not be pinned to ${zone} afterwards: ${message.replace(/[.\s]+$/, "")}`,
    fix: `run this again, or set its pinned_availability_zone to ${zone} by hand (compute API 2.104)`,
  });
}
