import { describe, expect, it } from "vitest";
import { ConnectionError, HttpError, ProtocolError } from "../../../../openstack/http/errors.ts";
import type { ConnectionErrorKind } from "../../../../openstack/http/errors.ts";
import { DEFAULT_RETRY, parseRetryAfter, retryDelayMs } from "../../../../openstack/http/retry.ts";

type RequestError = HttpError | ConnectionError | ProtocolError;

const context = (method: string) => ({ service: "compute", method, path: "/servers" }) as const;
const http = (status: number, method: string, retryAfterSeconds?: number) =>
  new HttpError(context(method), { status, reason: "r", retryAfterSeconds });
const lost = (kind: ConnectionErrorKind, method: string, neverSent: boolean) =>
  new ConnectionError(context(method), { kind, origin: "http://c", detail: "d", neverSent });
const garbage = (method: string) => new ProtocolError(context(method), "half");
const delay = (error: unknown, method: string, attempt = 1) =>
  retryDelayMs({ error, method, attempt }, DEFAULT_RETRY, 0.5);

describe("what is repeated", () => {
  it.each<[string, RequestError]>([
    ["a gateway's error", http(502, "GET")],
    ["a service that is starting", http(503, "GET")],
    ["a gateway's time-out", http(504, "HEAD")],
    ["too many requests", http(429, "GET")],
    ["a cut connection", lost("reset", "GET", false)],
    ["a refused connection", lost("refused", "GET", true)],
    ["half an answer", garbage("GET")],
  ])("a reading request after %s", (_, error) => {
    expect(delay(error, error.method)).toBe(DEFAULT_RETRY.firstDelayMs);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("a %s only if it certainly was not acted on", (method) => {
    expect(delay(lost("refused", method, true), method)).toBeDefined();
    expect(delay(http(429, method, 1), method)).toBe(1000);
    expect(delay(http(413, method, 1), method)).toBe(1000);
    for (const error of [
      lost("reset", method, false),
      lost("timeout", method, false),
      garbage(method),
      http(500, method),
      http(502, method),
      http(503, method, 1),
      http(504, method),
    ]) {
      expect(delay(error, method), error.message).toBeUndefined();
      expect(error.ambiguous, error.message).toBe(true);
    }
  });

  it.each([400, 401, 403, 404, 406, 409, 413, 500])("nothing after a GET's status %i", (status) => {
    expect(delay(http(status, "GET"), "GET")).toBeUndefined();
  });

  it.each<ConnectionErrorKind>(["tls", "dns", "aborted", "other"])("nothing after %s, which stays as it is", (kind) => {
    expect(delay(lost(kind, "GET", true), "GET")).toBeUndefined();
  });

  it("a change that changes nothing, such as asking for a token, like a reading one", () => {
    const failed = { error: lost("reset", "POST", false), method: "POST", attempt: 1, repeatable: true };
    expect(retryDelayMs(failed, DEFAULT_RETRY, 0.5)).toBeDefined();
  });
});

describe("how it is repeated", () => {
  it("waits longer each time, up to a limit, and gives up in the end", () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) => delay(http(503, "GET"), "GET", attempt));
    expect(waits).toEqual([250, 500, 1000, 2000, undefined]);
  });

  it("waits as long as it is asked to, but not for ever", () => {
    expect(delay(http(429, "GET", 7), "GET")).toBe(7000);
    expect(delay(http(503, "GET", 3600), "GET")).toBeUndefined();
  });

  it("waits for a slow answer twice only", () => {
    expect(delay(lost("timeout", "GET", false), "GET", 1)).toBeDefined();
    expect(delay(lost("timeout", "GET", false), "GET", 2)).toBeUndefined();
  });

  it("spreads the clients", () => {
    const at = (random: number) =>
      retryDelayMs({ error: http(503, "GET"), method: "GET", attempt: 1 }, DEFAULT_RETRY, random);
    expect([at(0), at(1)]).toEqual([187.5, 312.5]);
  });

  it.each([
    ["30", 30],
    ["Wed, 21 Oct 2026 07:28:10 GMT", 10],
    ["Wed, 21 Oct 2026 07:27:00 GMT", 0],
    ["soon", undefined],
    [undefined, undefined],
  ])("reads Retry-After %j as %j seconds", (header, seconds) => {
    expect(parseRetryAfter(header, Date.parse("2026-10-21T07:28:00Z"))).toBe(seconds);
  });
});
