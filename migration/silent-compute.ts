import { CloudLost, NotFound, type Edge } from "./edge.ts";
import { ended } from "./words.ts";

/**
 * What is to be said of hosts of a migration whose nova-compute does not report: without it the migration does not end,
 * whatever its record says. Null: nothing, or the cloud does not tell.
 */
export async function silentCompute(edge: Edge, concerned: readonly (string | null)[]): Promise<string | null> {
  try {
    const hosts = await edge.hosts();
    const silent = hosts.known ? hosts.value.filter(({ host, up }) => !up && concerned.includes(host)) : [];
    const names = silent.map(({ host }) => host).join(" and ");
    return silent.length > 0 ? ended("compute-silent", { hosts: names }) : null;
  } catch (error) {
    if (error instanceof CloudLost || error instanceof NotFound) return null;
    throw error;
  }
}
