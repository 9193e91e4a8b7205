/** Commands to copy, for a POSIX shell. */

import { hasUnseen } from "./visible.ts";

const PLAIN = /^[\w@%+=:,./-]+$/;
const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;

/**
 * One word of a command. Characters that are not seen are written as `printf` has them, so that the command can be shown
 * and copied; a backtick likewise, since it would end a command in Markdown. No argument can hold NUL: it is left out.
 *
 * @example shellQuote("it's") // "'it'\\''s'"
 */
export function shellQuote(word: string): string {
  const text = word.replaceAll("\0", "").toWellFormed();
  if (PLAIN.test(text)) return text;
  // A command substitution loses line breaks at its end.
  const [, body = "", end = ""] = /^([^]*?)(\n*)$/.exec(text) ?? [];
  if (!hasUnseen(body) && !body.includes("`")) return `'${text.replaceAll("'", `'\\''`)}'`;
  const printed = Array.from(body, (character) => {
    if (character === "%") return "%%";
    return /^[\w@+=:,./ -]$/.test(character) ? character : [...Buffer.from(character)].map(octal).join("");
  });
  return `"$(printf '${printed.join("").replace(/^-/, octal(45))}')"${end === "" ? "" : `'${end}'`}`;
}

/**
 * A command to copy, with every value quoted. A value that stands alone and begins with a dash cannot be taken for an
 * option: `--name=-value` after an option, else `-- -value`.
 *
 * @example sh`openstack server show ${"my vm"}` // "openstack server show 'my vm'"
 */
export function sh(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return values.reduce<string>((command, value, i) => {
    const word = shellQuote(String(value));
    const dash = String(value).startsWith("-") && /(^|\s)$/.test(command);
    const before = !dash ? command : /\s--[\w-]+ $/.test(command) ? `${command.slice(0, -1)}=` : `${command}-- `;
    return before + word + (strings[i + 1] ?? "");
  }, strings[0] ?? "");
}
