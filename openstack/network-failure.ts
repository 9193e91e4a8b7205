import type { ConnectionErrorKind } from "./errors.ts";
import { TEXTS } from "./texts.ts";

/** What became of a connection. */
export interface NetworkFailure {
  kind: ConnectionErrorKind;
  /** For people: what happened. */
  detail: string;
  /** Whether it is certain that the server never saw the request. */
  neverSent: boolean;
}

/** A request's own ends, which are none of Node's. */
export const TIMEOUT_CODES = ["CONNECT_TIMEOUT", "HEADERS_TIMEOUT", "BODY_TIMEOUT"] as const;

const GIVEN_UP = TEXTS["given-up"]();

/**
 * What is said of each code of Node, of undici, and of those of {@link TIMEOUT_CODES}. A setting that mends it is named
 * here; what is to be done besides is the same for all of a kind, and in migration/messages.ts.
 */
const CODES: Readonly<Record<string, [ConnectionErrorKind, string]>> = {
  ECONNREFUSED: ["refused", "connection refused: is the service running?"],
  EHOSTUNREACH: ["unreachable", "no route to the host"],
  ENETUNREACH: ["unreachable", "no route to the network"],
  ENOTFOUND: ["dns", "the host's name cannot be resolved"],
  EAI_AGAIN: ["dns", "the name server does not answer"],
  ETIMEDOUT: ["timeout", "the connection timed out"],
  CONNECT_TIMEOUT: ["timeout", "nobody accepted the connection in time"],
  HEADERS_TIMEOUT: ["timeout", "connected, but no answer came in time"],
  BODY_TIMEOUT: ["timeout", "the answer began, but did not go on in time"],
  UND_ERR_CONNECT_TIMEOUT: ["timeout", "nobody accepted the connection in time"],
  UND_ERR_HEADERS_TIMEOUT: ["timeout", "connected, but no answer came in time"],
  UND_ERR_BODY_TIMEOUT: ["timeout", "the answer began, but did not go on in time"],
  ECONNRESET: ["reset", "the connection was cut"],
  EPIPE: ["reset", "the connection was cut"],
  UND_ERR_SOCKET: ["reset", "the connection was cut"],
  UND_ERR_ABORTED: ["aborted", GIVEN_UP],
  ABORT_ERR: ["aborted", GIVEN_UP],
  EPROTO: ["tls", "no TLS there: is it an http URL?"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["tls", "no TLS there: is it an http URL?"],
  CERT_HAS_EXPIRED: ["tls", "the server's certificate has expired"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["tls", "the server's certificate is self-signed: set cacert"],
  SELF_SIGNED_CERT_IN_CHAIN: ["tls", "the certificate authority is unknown: set cacert"],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["tls", "the certificate authority is unknown: set cacert"],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["tls", "the certificate authority is unknown: set cacert"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["tls", "the server's certificate is for another name"],
};

export const NETWORK_CODES = Object.keys(CODES);

/** These come before anything is sent; the others may come at any time, unless they came while connecting. */
const BEFORE_SENDING = new Set([
  ...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CONNECT_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT", "ERR_PROXY_TUNNEL"],
]);
/** A certificate is looked at before anything is sent; the rest of TLS may break whenever something is. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT)/;

interface CodedError {
  name?: string;
  code?: unknown;
  syscall?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** A host with several addresses fails with one error an address: the first one speaks for all. */
function innermost(error: unknown): CodedError {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  const coded = error as CodedError;
  if (typeof coded.code === "string") return coded;
  if (Array.isArray(coded.errors) && coded.errors.length > 0) return innermost(coded.errors[0]);
  return coded.cause === undefined ? coded : innermost(coded.cause);
}

/** Tells what a failed connection means for the request. Pure. */
export function classify(error: unknown): NetworkFailure {
  const { name, code, syscall, message } = innermost(error);
  const text = typeof message === "string" ? message : "unknown failure";
  if (name === "AbortError" || name === "TimeoutError") {
    return { kind: "aborted", detail: GIVEN_UP, neverSent: false };
  }
  if (typeof code !== "string") return { kind: "other", detail: text, neverSent: false };
  const known = CODES[code] ?? (/^(ERR_(SSL|TLS)|CERT_|UNABLE_TO_|SELF_SIGNED)/.test(code) ? ["tls", text] : undefined);
  const [kind, detail] = known ?? (["other", text] as const);
  const neverSent = BEFORE_SENDING.has(code) || CERTIFICATE.test(code) || syscall === "connect";
  return { kind, detail: `${detail} (${code})`, neverSent };
}
