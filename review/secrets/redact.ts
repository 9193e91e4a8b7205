import { stripVTControlCharacters } from "node:util";
import { parseJson } from "../../text/json.ts";

export const HIDDEN = "[hidden]";

/** Names of variables, and of keys in clouds.yaml, whose values are secret. */
const SECRET_NAME = /pass(w(or)?d|phrase|code)|secret|token|credential|private_?key|api_?key|access_?key/i;
/** A shorter value would hide parts of ordinary words. */
const SHORTEST = 6;

/** Secrets of known forms, whoever they belong to. */
const FORMS = [
  // Private keys, also those that are cut off.
  /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  // Tokens of Keystone (Fernet), and signed ones (JWT; Keystone has those, too).
  /\bgAAAA[\w-]{20,}={0,2}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  // Tokens of GitHub, GitLab and Pulumi; ids of AWS keys.
  /\b(?:gh[pousr]_|github_pat_|glpat-|pul-)[\w-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
];
/** A password in an address, which may have an `@` of its own. */
const IN_ADDRESS = /(:\/\/[^\s:/@]*:)[^\s/]+(?=@)/g;

/** Takes secrets out of a text that others will read. It changes nothing in its own result. */
export type Redactor = (text: string) => string;

/**
 * The last line of defence: no published text should hold a secret anyway. Pure.
 *
 * @param secrets values to hide, plain and as encoded in JSON and URLs
 */
export function redactor(secrets: readonly string[]): Redactor {
  const written = secrets
    .filter(({ length }) => length >= SHORTEST)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())]);
  const known = [...new Set(written)].sort((a, b) => b.length - a.length);
  return (text) => {
    const unknown = known.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
    return FORMS.reduce((left, form) => left.replace(form, HIDDEN), unknown).replace(IN_ADDRESS, `$1${HIDDEN}`);
  };
}

/**
 * {@link Redactor} for a file: in a JSON document for each string, so that it stays valid; in any other file after removing
 * colours, which could split a secret. Pure.
 */
export function hideIn(file: string, hide: Redactor): string {
  const document = parseJson(file);
  if (document === undefined) return hide(stripVTControlCharacters(file));
  return `${JSON.stringify(hideWithin(document, hide))}\n`;
}

/** {@link Redactor} for each text of a value that JSON has. Pure. */
export function hideWithin(value: unknown, hide: Redactor): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((one) => hideWithin(one, hide));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [hide(key), hideWithin(inner, hide)]));
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
