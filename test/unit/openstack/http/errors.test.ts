import { describe, expect, it } from "vitest";
import { reasonOf } from "../../../../openstack/http/error-body.ts";
import { HttpError } from "../../../../openstack/http/errors.ts";
import { classify, NotConnected } from "../../../../openstack/http/network-failure.ts";

describe("the reason in an error answer", () => {
  it.each([
    ["nova", { computeFault: { code: 500, message: "Unexpected API Error." } }, "Unexpected API Error."],
    ["nova, forbidden", { forbidden: { code: 403, message: "Policy doesn't allow x" } }, "Policy doesn't allow x"],
    [
      "keystone",
      { error: { code: 401, message: "It requires authentication.", title: "Unauthorized" } },
      "It requires authentication.",
    ],
    [
      "cinder",
      { itemNotFound: { code: 404, message: "Volume x could not be found." } },
      "Volume x could not be found.",
    ],
    [
      "neutron",
      { NeutronError: { type: "PortNotFound", message: "Port x could not be found.", detail: "" } },
      "Port x could not be found.",
    ],
    [
      "neutron's proxy",
      { message: "The server is unavailable.\n\n  ", code: "503", title: "x" },
      "The server is unavailable.",
    ],
    [
      "placement",
      { errors: [{ status: 403, title: "Forbidden", detail: "Access was denied." }] },
      "Access was denied.",
    ],
    ["placement, several", { errors: [{ title: "A" }, { detail: "B" }] }, "A; B"],
    [
      "a proxy",
      "<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1> nginx</body></html>",
      "502 Bad Gateway nginx",
    ],
    ["nobody", {}, "no reason given"],
    ["an empty answer", "", "no reason given"],
    ["a list", [1], "no reason given"],
    ["null", null, "no reason given"],
  ])("from %s", (_, body, reason) => {
    expect(reasonOf(body, "no reason given")).toBe(reason);
  });

  it("is one line of bearable length", () => {
    expect(reasonOf({ fault: { message: `a\n${"b ".repeat(2000)}` } }, "")).toMatch(/^a b .{590,610}…$/);
  });
});

describe("errors", () => {
  it("say which request failed and how, in one line", () => {
    const error = new HttpError(
      { service: "compute", method: "POST", path: "/servers/f/action" },
      { status: 409, reason: "it is migrating", requestId: "req-1" },
    );
    expect(error.message).toBe("compute POST /servers/f/action: 409 it is migrating (req-1)");
    expect(error).toMatchObject({ name: "HttpError", status: 409, reason: "it is migrating", requestId: "req-1" });
  });
});

describe("a broken connection", () => {
  it.each([
    [{ code: "ECONNREFUSED" }, "refused"],
    [{ code: "ECONNRESET" }, "reset"],
    [{ code: "UND_ERR_SOCKET", message: "other side closed" }, "reset"],
    [{ code: "UND_ERR_CONNECT_TIMEOUT" }, "timeout"],
    [{ code: "UND_ERR_HEADERS_TIMEOUT" }, "timeout"],
    [{ code: "EHOSTUNREACH" }, "unreachable"],
    [{ code: "ENOTFOUND" }, "dns"],
    [{ code: "CERT_HAS_EXPIRED" }, "tls"],
    [{ code: "ERR_SSL_BAD_RECORD_TYPE", message: "m" }, "tls"],
    [{ name: "AbortError", message: "m" }, "aborted"],
    [{ message: "never seen" }, "other"],
    ["not even an error", "other"],
  ] as const)("by %j is %s; only while connecting it is certain that nothing was sent", (error, kind) => {
    expect(classify(error)).toMatchObject({ kind, neverSent: false });
    expect(classify(new NotConnected(error))).toMatchObject({ kind, neverSent: true });
  });

  it("is found inside the errors around it", () => {
    expect(classify({ cause: { errors: [{ code: "ECONNREFUSED" }, { code: "ENETUNREACH" }] } }).kind).toBe("refused");
  });
});
