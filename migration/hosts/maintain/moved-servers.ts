import type { DrainDocument, Move } from "../../contract/drain.ts";
import type { MovedServer } from "../../contract/maintenance.ts";
import type { Check } from "../../contract/record.ts";
import { NEWEST_MIGRATIONS } from "../close-hosts.ts";
import type { HostMigration } from "../hosts-cloud.ts";
import type { HostsContext } from "../hosts-context.ts";
import { readMarker } from "../marker.ts";
import { movedAway } from "../restore/homecoming.ts";

/** A move that succeeded, as the document has it. Pure. */
export function movedServer({ server, from, to, result, record }: Move): MovedServer {
  const count = (outcome: Check["outcome"]) => record?.checks.filter((check) => check.outcome === outcome).length ?? 0;
  return {
    server,
    from,
    to: record?.current.host ?? to,
    toZone: record?.current.availabilityZone ?? null,
    result,
    kind: record?.kind ?? null,
    migrationId: record?.migration?.id ?? null,
    totalSeconds: record?.timings.totalSeconds ?? null,
    downtimeMilliseconds: record?.downtime?.milliseconds ?? null,
    checks: record && { passed: count("passed"), failed: count("failed"), notChecked: count("not-checked") },
    record,
  };
}

/** Those that a drain has moved off a host and verified. Pure. */
export const movedBy = ({ moves }: Pick<DrainDocument, "moves">, host: string): MovedServer[] =>
  moves.filter((move) => move.from === host && move.result === "migrated").map(movedServer);

/**
 * All servers that a maintenance has moved off its host: what runs told of, and what only Nova remembers of a run that was
 * killed.
 *
 * @param told by documents, the newest last
 */
export async function allMoved(
  host: string,
  disabledReason: string | null,
  told: readonly MovedServer[],
  { cloud }: Pick<HostsContext, "cloud">,
): Promise<MovedServer[]> {
  const marker = readMarker(disabledReason);
  const found = new Map(told.map((one) => [one.server.id, one]));
  if (marker === null) return [...found.values()];
  const { entries } = await cloud.migrations(host, NEWEST_MIGRATIONS);
  for (const [id, migration] of movedAway(host, marker, entries)) {
    if (found.has(id)) continue;
    const server = await cloud.server(id);
    // Deleted since, or back: neither is away.
    if (server === "gone" || server.host === host) continue;
    const { name, availabilityZone } = server;
    found.set(id, { ...remembered({ id, name }, host, migration), toZone: availabilityZone });
  }
  return [...found.values()];
}

const remembered = (server: MovedServer["server"], from: string, { id, destCompute }: HostMigration): MovedServer => ({
  server,
  from,
  to: destCompute ?? "",
  toZone: null,
  result: "migrated",
  kind: null,
  migrationId: id,
  totalSeconds: null,
  downtimeMilliseconds: null,
  checks: null,
  record: null,
});
