import { isMapping } from "./file/values.ts";

/** `own` over `defaults`: objects are merged key by key, everything else (lists too) is taken whole. */
export function mergeDefaults(defaults: unknown, own: unknown): unknown {
  if (!isMapping(defaults)) return own === undefined ? defaults : own;
  if (own === undefined) return defaults;
  if (!isMapping(own)) return own;
  const merged = Object.entries(own).map(([key, value]) => [key, mergeDefaults(defaults[key], value)] as const);
  return { ...defaults, ...Object.fromEntries(merged) };
}

/** Alternatives: a server with one of them must not get another from the defaults. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ["bootVolume.image", "bootVolume.snapshotId", "bootVolume.volumeId"],
  ["userData", "userDataFile"],
];

/** The defaults for a server, without alternatives to its own settings. */
export function applicableDefaults(defaults: unknown, server: unknown): unknown {
  let rest = defaults;
  for (const group of ALTERNATIVES) {
    if (group.some((path) => at(server, path) !== undefined)) for (const path of group) rest = without(rest, path);
  }
  // The size of an existing volume is fixed.
  return at(server, "bootVolume.volumeId") === undefined ? rest : without(rest, "bootVolume.sizeGiB");
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (isMapping(inner) ? inner[key] : undefined), value);
}

function without(value: unknown, path: string): unknown {
  if (!isMapping(value)) return value;
  const [head = "", ...rest] = path.split(".");
  if (rest.length > 0) return head in value ? { ...value, [head]: without(value[head], rest.join(".")) } : value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== head));
}
