import type { Clock } from "../clock.ts";
import type { Edge } from "../cloud/cloud-api.ts";
import { finding } from "../plan/finding.ts";
import { insist } from "./retry.ts";
import type { Finding } from "../contract/record.ts";
import type { Snapshot } from "../cloud/snapshot.ts";

/**
 * Pins a server again that was unpinned for a move. Nova can only pin to the zone that the server is in.
 *
 * @param zone The zone to pin to; null: there is none, and the server stays unpinned.
 * @returns What to tell where Nova declines. Nothing is sent if someone has pinned the server meanwhile.
 */
export async function pinAgain(
  edge: Edge,
  clock: Clock,
  { server }: Snapshot,
  zone: string | null,
): Promise<Finding | null> {
  if (zone === null || (server.pin.known && server.pin.zone !== null)) return null;
  const { outcome, message } = await insist(clock, () => edge.pin(server.id, zone));
  return outcome === "accepted" ? null : finding("pin-not-set", { zone, reason: message });
}
