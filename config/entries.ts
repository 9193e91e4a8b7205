/** Keys whose value is a mapping: Pulumi hands them over as JSON text. All others are plain text. */
const STRUCTURED = new Set(["zones", "defaults", "servers"]);

/**
 * The project's own values out of all of a stack's configuration.
 *
 * @param entries as Pulumi gives them: `"project:key"` → text, JSON for mappings
 * @example
 * parseEntries("p", { "p:cloud": "lab", "p:zones": '{"nova":["node-27"]}', "pulumi:tags": "{}" });
 */
export function parseEntries(project: string, entries: Readonly<Record<string, string>>): Record<string, unknown> {
  // Pulumi.yaml declares every setting, and one without a default would be required: empty text stands for "not given".
  const own = Object.entries(entries).filter(([key, text]) => key.startsWith(`${project}:`) && text !== "");
  return Object.fromEntries(
    own.map(([key, text]) => {
      const name = key.slice(project.length + 1);
      return [name, STRUCTURED.has(name) ? jsonOrText(text) : text];
    }),
  );
}

/** Text that is no JSON is kept: the schema then says what is wrong with it, beside all other problems. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
