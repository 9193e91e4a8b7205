/** What a stack's configuration says about hosts. Pure. */
import { definedOnly } from "./defined-only.ts";
import type { MaintenanceArgs } from "../components/host-maintenance-args.ts";
import { isMapping } from "./file/values.ts";
import { StackConfigSchema, type StackConfig } from "./schema.ts";

/** Hosts in maintenance, with its settings. */
export const inMaintenance = (hosts: StackConfig["hosts"]): Record<string, MaintenanceArgs> =>
  Object.fromEntries(
    Object.entries(hosts).flatMap(([host, { maintenance }]) =>
      maintenance === undefined ? [] : [[host, definedOnly(maintenance)]],
    ),
  );

/** The hosts that can be read, so that one mistake does not hide the others. */
export function readableHosts(raw: unknown): StackConfig["hosts"] {
  if (!isMapping(raw)) return {};
  const read = Object.entries(raw).map(
    ([host, settings]) => StackConfigSchema.shape.hosts.safeParse({ [host]: settings }).data ?? {},
  );
  return Object.assign({}, ...read) as StackConfig["hosts"];
}

/** The zones without hosts in maintenance: no server is created there. A zone of which all are keeps them: Nova decides. */
export const openZones = (zones: StackConfig["zones"], hosts: StackConfig["hosts"]): StackConfig["zones"] =>
  Object.fromEntries(
    Object.entries(zones).map(([zone, all]) => {
      const open = all.filter((host) => hosts[host]?.maintenance === undefined);
      return [zone, open.length > 0 ? open : all];
    }),
  );
