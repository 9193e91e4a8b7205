import { describe, expect, it } from "vitest";
import { toCloudLost } from "../../../../migration/cloud/openstack-cloud.ts";
import { ConnectionError, type ConnectionErrorKind } from "../../../../openstack/http/errors.ts";
import { classify, NETWORK_CODES, NotConnected, TunnelRefused } from "../../../../openstack/http/network-failure.ts";

const CONTEXT = { service: "compute", method: "GET", path: "/servers" } as const;

/** The message that an operator reads. */
const messageOf = (error: object) =>
  toCloudLost(new ConnectionError(CONTEXT, { ...classify(error), origin: "https://nova.example:8774" })).message;

const AWAY = "check the network, the endpoint and the service, then run this again: it is safe";
const CERTIFICATE =
  "renew the certificate, or set `auth_url` and `cacert` in clouds.yaml to what is there; then run this again";

/** Every known code, its message, and its fix. */
const CODES: [code: string, kind: ConnectionErrorKind, text: string, fix: string][] = [
  ["ECONNREFUSED", "refused", "connection refused", AWAY],
  ["EHOSTUNREACH", "unreachable", "no route to the host", AWAY],
  ["ENETUNREACH", "unreachable", "no route to the network", AWAY],
  ["ENOTFOUND", "dns", "the host's name cannot be resolved", AWAY],
  ["EAI_AGAIN", "dns", "the name server does not answer", AWAY],
  ["ETIMEDOUT", "timeout", "the connection timed out", AWAY],
  ["UND_ERR_CONNECT_TIMEOUT", "timeout", "the connection was not accepted in time", AWAY],
  ["UND_ERR_HEADERS_TIMEOUT", "timeout", "connected, but no answer came in time", AWAY],
  ["UND_ERR_BODY_TIMEOUT", "timeout", "the answer stopped before its end", AWAY],
  ["ECONNRESET", "reset", "the connection was cut", AWAY],
  ["EPIPE", "reset", "the connection was cut", AWAY],
  ["UND_ERR_SOCKET", "reset", "the connection was cut", AWAY],
  ["UND_ERR_ABORTED", "aborted", "cancelled by this program", AWAY],
  ["UND_ERR_CLOSED", "aborted", "cancelled by this program", AWAY],
  ["UND_ERR_DESTROYED", "aborted", "cancelled by this program", AWAY],
  ["EPROTO", "tls", "no TLS there: is it an http URL?", CERTIFICATE],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "no TLS there: is it an http URL?", CERTIFICATE],
  ["CERT_HAS_EXPIRED", "tls", "the server's certificate has expired", CERTIFICATE],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls", "the server's certificate is self-signed: set cacert", CERTIFICATE],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls", "the certificate authority is unknown: set cacert", CERTIFICATE],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls", "the certificate authority is unknown: set cacert", CERTIFICATE],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls", "the certificate authority is unknown: set cacert", CERTIFICATE],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", "the server's certificate is for another name", CERTIFICATE],
];

describe("the message about a failed connection", () => {
  it.each(CODES)("for %s (%s) says: %s", (code, kind, text, fix) => {
    expect(classify({ code }).kind).toBe(kind);
    expect(messageOf({ code, message: "not this one" })).toBe(
      `compute GET /servers: no answer from https://nova.example:8774: ${text} (${code}). Fix: ${fix}`,
    );
  });

  it("covers each known code", () => {
    expect(CODES.map(([code]) => code)).toEqual(NETWORK_CODES);
  });

  it.each([
    [
      { code: "CERT_NOT_YET_VALID", message: "certificate is not yet valid" },
      "certificate is not yet valid",
      CERTIFICATE,
    ],
    [{ code: "EWHATEVER", message: "something of the system" }, "something of the system", AWAY],
  ])("repeats the system's own text for an unknown code (%j)", (error, text, fix) => {
    expect(messageOf(error)).toContain(`: ${text} (${error.code}). Fix: ${fix}`);
  });
});

describe("the message about a failed proxy", () => {
  const PROXY = "http://proxy.example.org:3128 (https_proxy)";
  const FIX =
    "check the proxy, and its address, user and password in that variable, or add the cloud's hosts to no_proxy; then run this again: it is safe";

  it.each<[cause: unknown, kind: ConnectionErrorKind, words: string]>([
    [{ code: "ECONNREFUSED" }, "refused", "cannot be reached: connection refused (ECONNREFUSED)"],
    [{ code: "ENOTFOUND" }, "dns", "cannot be reached: the host's name cannot be resolved (ENOTFOUND)"],
    [{ code: "UND_ERR_SOCKET" }, "reset", "cannot be reached: the connection was cut (UND_ERR_SOCKET)"],
    [{ message: 7 }, "other", "cannot be reached: unknown failure"],
    [new TunnelRefused(407, "https://c"), "other", "asks for a user and password (status 407)"],
    [new TunnelRefused(403, "https://c:443"), "other", "refuses to connect to https://c:443 (status 403)"],
    [
      new TunnelRefused(200, "https://c:443"),
      "other",
      "answers with a page of its own instead of connecting to https://c:443 (status 200)",
    ],
    [new TunnelRefused(503, "https://c:443"), "unreachable", "refuses to connect to https://c:443 (status 503)"],
  ])("names the proxy instead of the cloud (%j)", (cause, kind, words) => {
    const failure = new NotConnected(cause, PROXY);
    expect(classify(failure)).toMatchObject({ kind, neverSent: true });
    expect(messageOf(failure)).toBe(`compute GET /servers: the proxy ${PROXY} ${words}. Fix: ${FIX}`);
  });
});
