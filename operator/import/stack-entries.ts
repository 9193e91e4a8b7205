/** Adds imported servers and zones to the stack's file. Pure. */
import { isDeepStrictEqual } from "node:util";
import { coerceSettings, checkSettings } from "../../config/parse.ts";
import { readStackFile } from "../../config/file/stack-file.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import type { Problem } from "../../openstack/problems.ts";
import { isWithin } from "../../config/file/values.ts";
import type { Settings } from "./adoption.ts";
import { insertEntry } from "./insert-entry.ts";

/** An entry of one of the stack's settings. */
export interface Entry {
  setting: "servers" | "zones";
  name: string;
  value: unknown;
}

/** The settings that an import must fit into. The file has no problems. */
export function stackSettings(project: string, name: string, text: string): Settings & CloudSelection {
  const { settings, hasEnvironment } = readStackFile(project, name, text);
  const { secrets } = checkSettings(settings, { partial: hasEnvironment });
  const { cloud, region, ...rest } = coerceSettings(settings);
  const isSecret = (setting: string) => secrets.some((path) => isWithin(path, setting));
  return {
    ...(rest as Settings),
    ...(typeof cloud === "string" && !isSecret("cloud") && { cloud }),
    ...(typeof region === "string" && !isSecret("region") && { region }),
    zonesKnown: !hasEnvironment && !isSecret("zones"),
  };
}

/**
 * Adds entries to a stack's file. Everything else in it stays as it is, to the letter.
 *
 * @returns the new text; or the problems, such as no place for an entry in the file
 */
export function withEntries(
  project: string,
  name: string,
  text: string,
  entries: readonly Entry[],
): { text: string } | { problems: Problem[] } {
  let changed = text;
  for (const entry of entries) {
    const { keys } = readStackFile(project, name, changed);
    const key = keys[entry.setting] ?? `${project}:${entry.setting}`;
    const added = insertEntry(changed, ["config", key, entry.name], entry.value);
    if (added === undefined || !isOnlyAdded(project, name, [changed, added], entry))
      return { problems: [noPlace(key, entry)] };
    changed = added;
  }
  const { settings, hasEnvironment } = readStackFile(project, name, changed);
  const { problems } = checkSettings(settings, { partial: hasEnvironment });
  return problems.length > 0 ? { problems } : { text: changed };
}

/** Whether the entry is there now, and nothing else has another value. */
function isOnlyAdded(project: string, name: string, texts: readonly [string, string], entry: Entry): boolean {
  const [before, after] = texts.map((text) => readStackFile(project, name, text)) as [
    ReturnType<typeof readStackFile>,
    ReturnType<typeof readStackFile>,
  ];
  const wanted = { ...before.settings, [entry.setting]: undefined };
  const got = { ...after.settings, [entry.setting]: undefined };
  const map = (settings: Record<string, unknown>) => coerceSettings(settings)[entry.setting] ?? {};
  return (
    isDeepStrictEqual([after.problems, after.notChecked], [before.problems, before.notChecked]) &&
    isDeepStrictEqual(got, wanted) &&
    isDeepStrictEqual(map(after.settings), { ...map(before.settings), [entry.name]: entry.value })
  );
}

const noPlace = (key: string, { name }: Entry): Problem => ({
  path: `config.${key}`,
  value: name,
  problem: "this cannot be added without changing what is there",
  fix: `write ${key} as a mapping below config, without an alias, and import again`,
});
