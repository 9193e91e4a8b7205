import type { ConnectionErrorKind } from "./errors.ts";

/** The caller cancelled the request. */
export const CANCELLED = "cancelled by this program";

/** No connection was made, so nothing of the request was sent. `cause` has the reason. */
export class NotConnected extends Error {
  /** The proxy that failed, if it was not the server itself. */
  readonly proxy: string | undefined;

  constructor(cause: unknown, proxy?: string) {
    super("no connection", { cause });
    this.proxy = proxy;
  }
}

/** A proxy answered CONNECT with another status than 2xx, or with a page of its own. */
export class TunnelRefused extends Error {
  readonly status: number;

  constructor(status: number, target: string) {
    const what =
      status === 407
        ? "asks for a user and password"
        : status < 300
          ? `answers with a page of its own instead of connecting to ${target}`
          : `refuses to connect to ${target}`;
    super(`${what} (status ${status})`);
    this.status = status;
  }
}

/** Why a request got no answer. */
export interface NetworkFailure {
  kind: ConnectionErrorKind;
  /** For people: what happened. */
  detail: string;
  /** Whether it is certain that the server never saw the request. */
  neverSent: boolean;
  /** The proxy that failed. */
  proxy?: string;
}

/**
 * The message for each error code of Node and undici. A setting that fixes it is named here; the fix of each kind of failure
 * is in migration/cloud/openstack-cloud.ts.
 */
const CODES: Readonly<Record<string, [ConnectionErrorKind, string]>> = {
  ECONNREFUSED: ["refused", "connection refused"],
  EHOSTUNREACH: ["unreachable", "no route to the host"],
  ENETUNREACH: ["unreachable", "no route to the network"],
  ENOTFOUND: ["dns", "the host's name cannot be resolved"],
  EAI_AGAIN: ["dns", "the name server does not answer"],
  ETIMEDOUT: ["timeout", "the connection timed out"],
  UND_ERR_CONNECT_TIMEOUT: ["timeout", "the connection was not accepted in time"],
  UND_ERR_HEADERS_TIMEOUT: ["timeout", "connected, but no answer came in time"],
  UND_ERR_BODY_TIMEOUT: ["timeout", "the answer stopped before its end"],
  ECONNRESET: ["reset", "the connection was cut"],
  EPIPE: ["reset", "the connection was cut"],
  UND_ERR_SOCKET: ["reset", "the connection was cut"],
  UND_ERR_ABORTED: ["aborted", CANCELLED],
  UND_ERR_CLOSED: ["aborted", CANCELLED],
  UND_ERR_DESTROYED: ["aborted", CANCELLED],
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

interface CodedError {
  name?: string;
  code?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** A host with several addresses fails with one error for each: the first one is reported. */
function innermost(error: unknown): CodedError {
  if (typeof error !== "object" || error === null) return { message: String(error) };
  const coded = error as CodedError;
  if (typeof coded.code === "string") return coded;
  if (Array.isArray(coded.errors) && coded.errors.length > 0) return innermost(coded.errors[0]);
  return coded.cause === undefined ? coded : innermost(coded.cause);
}

/** What a failed connection means for the request. Pure. */
export function classify(error: unknown): NetworkFailure {
  if (error instanceof NotConnected) {
    const { proxy, cause } = error;
    if (proxy === undefined) return { ...classify(cause), neverSent: true };
    if (cause instanceof TunnelRefused) {
      // A gateway's status may pass; any other answer stays as it is.
      const kind = [502, 503, 504].includes(cause.status) ? "unreachable" : "other";
      return { kind, detail: cause.message, neverSent: true, proxy };
    }
    const { kind, detail } = classify(cause);
    return { kind, detail: `cannot be reached: ${detail}`, neverSent: true, proxy };
  }
  const { name, code, message } = innermost(error);
  const text = typeof message === "string" ? message : "unknown failure";
  if (name === "AbortError" || name === "TimeoutError") {
    return { kind: "aborted", detail: CANCELLED, neverSent: false };
  }
  if (typeof code !== "string") return { kind: "other", detail: text, neverSent: false };
  const isTls = /^(ERR_(SSL|TLS)|CERT_|UNABLE_TO_|SELF_SIGNED)/.test(code);
  const [kind, detail] = CODES[code] ?? ([isTls ? "tls" : "other", text] as const);
  return { kind, detail: `${detail} (${code})`, neverSent: false };
}
