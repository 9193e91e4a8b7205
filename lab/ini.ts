/** OpenStack's config format. */

export type IniValue = string | number | boolean | readonly (string | number)[];
/** Options by section; a section may be written in parts, see {@link merge}. */
export type Ini = Readonly<Record<string, Readonly<Record<string, IniValue>>>>;

/**
 * Renders sections and options in the order given.
 * @example ini({ DEFAULT: { debug: true } }) // "[DEFAULT]\ndebug = true\n"
 * @throws Error for a value with a line break: it would be read as further options.
 */
export function ini(content: Ini): string {
  return Object.entries(content)
    .map(([section, options]) => {
      const lines = Object.entries(options).map(([key, value]) => {
        const text = Array.isArray(value) ? value.join(",") : String(value);
        if (/[\r\n]/.test(text)) throw new Error(`[${section}] ${key}: line break in the value`);
        return `${key} = ${text}`;
      });
      return [`[${section}]`, ...lines, ""].join("\n");
    })
    .join("\n");
}

/** Joins configs section by section; later options win. */
export function merge(...parts: readonly Ini[]): Ini {
  const result: Record<string, Record<string, IniValue>> = {};
  for (const part of parts)
    for (const [section, options] of Object.entries(part)) result[section] = { ...result[section], ...options };
  return result;
}
