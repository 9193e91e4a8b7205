import { stripVTControlCharacters } from "node:util";
import { HIDDEN, hideNamed, isSecretName } from "./named-secrets.ts";

/** Names of variables, and of keys in clouds.yaml, whose values nobody may read, wherever they stand. */
const SECRET_NAME = /pass(w(or)?d|phrase|code)|secret|token|credential|private_?key|api_?key|access_?key/i;
/** A shorter value would hide parts of ordinary words. */
const SHORTEST = 6;

/** Looks like a secret, whosever it is: Keystone's tokens, and those of GitHub, GitLab and Pulumi. */
const TOKENS = /\bgAAAA[\w-]{20,}={0,2}|\b(?:gh[pousr]_|github_pat_|glpat-|pul-)[\w-]{16,}/g;
/** A password in an address, which may have an `@` of its own. */
const IN_ADDRESS = /(:\/\/[^\s:/@]*:)[^\s/]+(?=@)/g;

/** Takes secrets out of a text that others will read. Of its own result it changes nothing. */
export type Redactor = (text: string) => string;

/**
 * The last line of defence: nothing that is shown to others is meant to hold a secret. Pure.
 *
 * @param secrets values to hide wherever they stand, besides all that looks like a secret, or has the name of one
 */
export function redactor(secrets: readonly string[]): Redactor {
  const known = [...new Set(secrets)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) =>
    hideNamed(known.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text))
      .replace(TOKENS, HIDDEN)
      .replace(IN_ADDRESS, `$1${HIDDEN}`);
}

/**
 * {@link Redactor} for a file: of a JSON document each text by itself, as it is read, so that it stays one; of another
 * file without its colours, which stand between a name and its value. Pure.
 */
export function hideIn(file: string, hide: Redactor): string {
  let document: unknown;
  try {
    document = JSON.parse(file);
  } catch {
    return hide(stripVTControlCharacters(file));
  }
  return `${JSON.stringify(hideWithin(document, hide))}\n`;
}

/** @param name under which the value stands */
function hideWithin(value: unknown, hide: Redactor, name = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => hideWithin(one, hide, name));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [hide(key), hideWithin(inner, hide, key)]));
  }
  const shows = (typeof value === "string" && value !== "") || typeof value === "number";
  if (shows && isSecretName(name)) return HIDDEN;
  return typeof value === "string" ? hide(value) : value;
}

/** Values of variables that are secrets by their names. Pure. */
export function secretsOfEnvironment(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) && !/_FILE$/i.test(name) ? [value] : [],
  );
}

/** Values in a configuration, such as a clouds.yaml, that are secrets by their keys. Pure. */
export function secretsIn(content: unknown): string[] {
  if (typeof content !== "object" || content === null) return [];
  return Object.entries(content).flatMap(([key, inner]) => {
    if (typeof inner === "object") return secretsIn(inner);
    return SECRET_NAME.test(key) && (typeof inner === "string" || typeof inner === "number") ? [String(inner)] : [];
  });
}
