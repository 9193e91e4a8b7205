import { CloudLost, NotFound, type Edge } from "./edge.ts";
import type { Snapshot } from "./snapshot.ts";

/** Those of the hosts whose nova-compute is known to be down. Pure. */
export const downAmong = (hosts: Snapshot["hosts"], concerned: readonly (string | null)[]): string[] =>
  hosts.known ? hosts.value.filter(({ host, up }) => !up && concerned.includes(host)).map(({ host }) => host) : [];

/** {@link downAmong} as the cloud says now; none if it does not say. */
export async function silentHosts(edge: Edge, concerned: readonly (string | null)[]): Promise<string[]> {
  try {
    return downAmong(await edge.hosts(), concerned);
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return [];
    throw error;
  }
}
