import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../toolchain/paths.ts";

/** Whatever is asked of it, its name: fills any entry of a catalogue. */
export const ANYTHING = new Proxy({}, { get: (_, name) => `<${String(name)}>` }) as never;

/**
 * The codes of a catalogue that nothing in its area asks for.
 *
 * @param catalogue its file, which does not count
 * @param ask how an entry is asked for, as a regular expression. @default by its code, anywhere
 */
export function unusedCodes<Code extends string>(codes: readonly Code[], catalogue: string, ask = ""): Code[] {
  const [area = "", own = ""] = catalogue.split("/");
  const program = readdirSync(join(REPOSITORY, area), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== own)
    .map((file) => readFileSync(join(REPOSITORY, area, file), "utf8"))
    .join("\n");
  return codes.filter((code) => !new RegExp(`${ask}"${code}"`).test(program));
}
