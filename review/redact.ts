import { parse } from "yaml";

/** Names of variables, and of keys in clouds.yaml, that hold what nobody may read. */
const SECRET_NAME = /pass(word|phrase|code)|secret|token|credential|private_?key|api_?key|access_?key/i;
/** A shorter value would hide parts of ordinary words. */
const SHORTEST = 6;

/** Looks like a secret, whosever it is: Keystone's tokens, and those of GitHub, GitLab and Pulumi. */
const TOKENS = /\bgAAAA[\w-]{20,}={0,2}|\b(?:gh[pousr]_|github_pat_|glpat-|pul-)[\w-]{16,}/g;
/** A password in an address, and one that a message spells out. */
const IN_ADDRESS = /(:\/\/[^\s:/@]+:)[^\s/@]+(?=@)/g;
const SPELT_OUT = /\b((?:password|passphrase|secret|x-auth-token|x-subject-token)["']?\s*[:=]\s*["']?)([^\s"',;}]+)/gi;

const HIDDEN = "[hidden]";

/** Takes secrets out of a text that others will read. */
export type Redactor = (text: string) => string;

/**
 * The last line of defence: nothing that makes a comment is meant to hold a secret. Pure.
 *
 * @param secrets values to hide wherever they stand, besides all that looks like a secret
 */
export function redactor(secrets: readonly string[]): Redactor {
  const known = [...new Set(secrets)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) =>
    known
      .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text)
      .replace(TOKENS, HIDDEN)
      .replace(IN_ADDRESS, `$1${HIDDEN}`)
      .replace(SPELT_OUT, (_, before: string) => `${before}${HIDDEN}`);
}

/** {@link Redactor} for a file: of a JSON document each text, as it is read, so that it stays one. Pure. */
export function hideIn(file: string, hide: Redactor): string {
  let document: unknown;
  try {
    document = JSON.parse(file, (_, value: unknown) => (typeof value === "string" ? hide(value) : value));
  } catch {
    return hide(file);
  }
  return `${JSON.stringify(document)}\n`;
}

/** Values of variables that are secrets by their names. Pure. */
export function secretsOfEnvironment(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && SECRET_NAME.test(name) && !/_FILE$/i.test(name) ? [value] : [],
  );
}

/** Values in a clouds.yaml that are secrets by their keys; none of a text that is no YAML. Pure. */
export function secretsOfClouds(text: string): string[] {
  const collect = (value: unknown): string[] => {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      if (typeof inner === "object") return collect(inner);
      return SECRET_NAME.test(key) && (typeof inner === "string" || typeof inner === "number") ? [String(inner)] : [];
    });
  };
  try {
    return collect(parse(text));
  } catch {
    return [];
  }
}
