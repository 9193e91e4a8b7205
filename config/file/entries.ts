/** Settings that only this program has: in another namespace they are probably a mistake. */
export const SETTINGS: ReadonlySet<string> = new Set(["zones", "defaults", "servers"]);

/**
 * The program's own setting behind a key of a stack's configuration. Pulumi puts keys without a namespace into the
 * project's, and reads `project:config:name` as `project:name`.
 *
 * @returns undefined if the key belongs to another program, or is not a key
 */
export function settingOf(project: string, key: string): string | undefined {
  const parts = key.split(":");
  if (parts.length === 1) return key;
  if (parts.length === 3 && parts[1] !== "config") return undefined;
  return parts.length <= 3 && parts[0] === project ? parts.at(-1) : undefined;
}

/**
 * The project's own values out of all of a stack's configuration.
 *
 * @param entries as Pulumi gives them: `"project:key"` → text, JSON for mappings and lists
 * @example
 * parseEntries("p", { "p:cloud": "lab", "p:zones": '{"nova":["node-27"]}', "pulumi:tags": "{}" });
 */
export function parseEntries(project: string, entries: Readonly<Record<string, string>>): Record<string, unknown> {
  // Pulumi.yaml declares every setting, and one without a default would be required: empty text stands for "not given".
  const own = Object.entries(entries).filter(([key, text]) => key.startsWith(`${project}:`) && text !== "");
  return Object.fromEntries(own.map(([key, text]) => [key.slice(project.length + 1), text]));
}
