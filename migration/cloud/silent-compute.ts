import type { CloudApi } from "./cloud-api.ts";
import { CloudLost, NotFound } from "../contract/failure.ts";
import type { Snapshot } from "./snapshot.ts";

/** Those of the hosts whose nova-compute is known to be down. Pure. */
export function downAmong(hosts: Snapshot["hosts"], concerned: readonly (string | null)[]): string[] {
  const down = hosts.known ? hosts.value.filter(({ up, unread }) => !up && unread === undefined) : [];
  return down.map(({ host }) => host).filter((host) => concerned.includes(host));
}

/** {@link downAmong} as the cloud says now; none if it does not say. */
export async function silentHosts(edge: CloudApi, concerned: readonly (string | null)[]): Promise<string[]> {
  try {
    return downAmong(await edge.hosts(), concerned);
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return [];
    throw error;
  }
}
