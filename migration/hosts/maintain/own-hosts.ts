import type { HostService } from "../hosts-cloud.ts";
import { readMarker } from "../marker.ts";

/**
 * What a host's disabled reason begins with: whose maintenance it is. An `up` that fails leaves nothing in the state of what
 * it had begun: by this the next one knows. Pure.
 */
export const ownReason = (owner: string | null, reason: string): string =>
  owner === null ? reason : `${owner}: ${reason}`;

/**
 * Hosts that this maintenance has closed, and that nobody asks for any more. Pure.
 *
 * @param owner null: nothing tells whose they are
 * @param known those that are requested, or that the last document has
 */
export const leftBehind = (
  owner: string | null,
  services: readonly HostService[],
  known: readonly string[],
): HostService[] =>
  services.filter(
    ({ host, enabled, disabledReason }) =>
      owner !== null &&
      !enabled &&
      !known.includes(host) &&
      readMarker(disabledReason)?.reason.startsWith(ownReason(owner, "").trimEnd()) === true,
  );
