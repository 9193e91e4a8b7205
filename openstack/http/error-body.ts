const MAX_LENGTH = 600;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Placement (and the API guidelines): `{"errors": [{"title", "detail"}]}`. */
function fromList(errors: unknown): string | undefined {
  if (!Array.isArray(errors)) return undefined;
  const details = errors.filter(isRecord).map((error) => text(error["detail"]) ?? text(error["title"]));
  return text(details.filter((detail) => detail !== undefined).join("; "));
}

/**
 * Nova, Cinder and Keystone: one key that names the fault (`badRequest`, `forbidden`, `computeFault`, `error`, …) with
 * `message` in it; Neutron: `NeutronError`, whose `message` may itself be wrapped once more.
 */
function fromFault(body: Record<string, unknown>): string | undefined {
  for (const value of Object.values(body)) {
    if (!isRecord(value)) continue;
    const { message } = value;
    const found = text(message) ?? (isRecord(message) ? fromFault({ message }) : undefined);
    if (found) return found;
  }
  return undefined;
}

/** Proxies and WSGI servers answer in HTML or plain text. */
const fromText = (body: string): string | undefined =>
  text(
    body
      .replace(/<(style|script|title)\b.*?<\/\1>/gis, " ")
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );

/**
 * Whether a body is an error of a service, as all of them write it. Gateways, load balancers and portals answer in HTML, not
 * at all, or in JSON of their own, such as `{"message": "no Route matched with those values"}`.
 */
export const isServiceError = (body: unknown): boolean =>
  isRecord(body) && (fromList(body["errors"]) ?? fromFault(body)) !== undefined;

/**
 * The reason that an error answer gives, as one line.
 *
 * @param fallback what to say when the body says nothing, such as the status' own name
 */
export function reasonOf(body: unknown, fallback: string): string {
  const reason = isRecord(body)
    ? (fromList(body["errors"]) ?? fromFault(body) ?? text(body["message"]))
    : typeof body === "string"
      ? fromText(body)
      : undefined;
  const line = (reason ?? fallback).replace(/\s+/g, " ").trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
