import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuthError, ConnectionError, HttpError, ProtocolError } from "../../../../openstack/http/errors.ts";
import { MOCK_PASSWORD, MOCK_PROJECT, MOCK_TOKEN, mockCloud } from "../../../support/http/mock-cloud.ts";
import type { MockCloud } from "../../../support/http/mock-cloud.ts";

const get = (mock: MockCloud, path = "/x") => mock.session.request("compute", { method: "GET", path });
const post = (mock: MockCloud) => mock.session.request("compute", { method: "POST", path: "/x", body: { a: 1 } });
const tokens = (mock: MockCloud) => mock.calls.filter(({ path }) => path === "/auth/tokens");
const errorOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("no error came");
    },
    (error: unknown) => error,
  );

describe("a session", () => {
  it("sends the token, the microversion and JSON, and reads the answer", async () => {
    const mock = mockCloud().answer("compute", "POST /x", {
      status: 202,
      body: { ok: true },
      headers: { "x-openstack-request-id": "req-1" },
    });
    const answer = await mock.session.request("compute", {
      method: "POST",
      path: "/x",
      query: { all: true },
      body: { a: 1 },
      microversion: "2.93",
    });
    expect(answer).toMatchObject({ status: 202, body: { ok: true }, requestId: "req-1" });
    expect(mock.calls.at(-1)).toMatchObject({
      body: { a: 1 },
      headers: {
        "x-auth-token": `${MOCK_TOKEN}1`,
        "openstack-api-version": "compute 2.93",
        "content-type": "application/json",
      },
    });
    expect(mock.log()).toEqual(["POST /x?all=true"]);
  });

  it("asks for one token, whatever runs at the same time, and knows its project", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} });
    await Promise.all([get(mock), get(mock), get(mock)]);
    expect(tokens(mock)).toHaveLength(1);
    expect(mock.session.requestCount).toBe(4);
    expect(mock.session.projectId).toBe(MOCK_PROJECT);
    expect(tokens(mock)[0]?.body).toEqual({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "admin", domain: { id: "default" }, password: MOCK_PASSWORD } },
        },
        scope: { project: { id: MOCK_PROJECT } },
      },
    });
  });

  it("replaces a token that ends within two minutes", async () => {
    let now = Date.now();
    const mock = mockCloud({ tokenLifeMs: 300_000, now: () => now }).answer("compute", "GET /x", { body: {} });
    await get(mock);
    now += 179_000;
    await get(mock);
    expect(tokens(mock)).toHaveLength(1);
    now += 2_000;
    await get(mock);
    expect(tokens(mock)).toHaveLength(2);
    expect(mock.calls.at(-1)?.headers["x-auth-token"]).toBe(`${MOCK_TOKEN}2`);
  });

  it("gets a fresh token when told to", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} });
    await get(mock);
    await mock.session.freshToken();
    await get(mock);
    expect(mock.calls.at(-1)?.headers["x-auth-token"]).toBe(`${MOCK_TOKEN}2`);
  });

  it("gets none where the token is young enough, by whoever asked for it", async () => {
    let now = Date.now();
    const mock = mockCloud({ now: () => now }).answer("compute", "GET /x", { body: {} });
    await get(mock);
    now += 59_000;
    await mock.session.sibling().freshToken(60_000);
    expect(tokens(mock)).toHaveLength(1);
    now += 1_000;
    await mock.session.sibling().freshToken(60_000);
    await mock.session.freshToken(60_000);
    expect(tokens(mock)).toHaveLength(2);
  });

  it("shares token and microversions with its siblings, and counts for itself", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} });
    await mock.session.range("compute", "2.1");
    await get(mock);
    const [one, other] = [mock.session.sibling(), mock.session.sibling()];
    await one.request("compute", { method: "GET", path: "/x" });
    await one.request("compute", { method: "GET", path: "/x" });
    await expect(other.range("compute", "2.1")).resolves.toEqual({ min: "2.1", max: "2.93" });
    expect([mock.session, one, other].map(({ requestCount }) => requestCount)).toEqual([3, 2, 0]);
    expect(tokens(mock)).toHaveLength(1);
    await one.freshToken();
    await get(mock);
    expect(mock.calls.at(-1)?.headers["x-auth-token"]).toBe(`${MOCK_TOKEN}2`);
  });

  it("authenticates anew once when a token was revoked, for changes too", async () => {
    const mock = mockCloud().answer("compute", "POST /x", { status: 401 }, { status: 202 });
    await expect(post(mock)).resolves.toMatchObject({ status: 202 });
    expect(tokens(mock)).toHaveLength(2);
    expect(mock.log()).toEqual(["POST /x", "POST /x"]);
  });

  it("gives up when the new token is refused as well", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { status: 401, body: { error: { message: "who?" } } });
    await expect(get(mock)).rejects.toThrow(AuthError);
    expect(mock.log()).toHaveLength(2);
  });

  it("tells wrong credentials apart", async () => {
    const mock = mockCloud().answer("identity", "POST /auth/tokens", {
      status: 401,
      body: { error: { message: "The request you have made requires authentication." } },
    });
    const error = await errorOf(get(mock));
    expect(error).toBeInstanceOf(AuthError);
    expect((error as AuthError).message).toContain("requires authentication. (cloud mock)");
    expect(tokens(mock)).toHaveLength(1);
  });
});

describe("the catalog of a token", () => {
  const odd = fc.oneof(
    fc.constantFrom(null, 7, "text", [], {}, { type: null, endpoints: [] }, { type: "compute" }, { endpoints: [{}] }),
    fc.record({ type: fc.constant("compute"), endpoints: fc.jsonValue() }),
    fc.jsonValue(),
  );

  it("may have entries that cannot be read: they are ignored", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(odd), fc.array(odd), async (before, inside) => {
        const mock = mockCloud({ oddCatalog: { entries: before, endpoints: inside } });
        mock.answer("compute", "GET /x", { body: {} });
        await expect(get(mock)).resolves.toMatchObject({ status: 200 });
      }),
      { numRuns: 50 },
    );
  });
});

describe("an endpoint of the catalog", () => {
  it.each(["http://%(tenant_id)s/v2.1", "", "nova.example.org:8774", "/v2.1", "https://", "rtsp://nova"])(
    "whose address is %j is ignored",
    async (url) => {
      const odd = { region_id: "RegionOne", interface: "public", url };
      const mock = mockCloud({ oddCatalog: { entries: [], endpoints: [odd] } });
      mock.answer("compute", "GET /x", { body: {} });
      await expect(get(mock)).resolves.toMatchObject({ status: 200 });
    },
  );

  it("may have blanks around its address", async () => {
    const odd = { region_id: "RegionOne", interface: "public", url: " http://compute.test:8774/v2.1 " };
    const mock = mockCloud({ oddCatalog: { entries: [], endpoints: [odd] } });
    mock.answer("compute", "GET /x", { body: {} });
    await expect(get(mock)).resolves.toMatchObject({ status: 200 });
  });
});

describe("a version document", () => {
  const at = (text: string) => ({ text, status: 200 });
  it.each([
    ["a page of a gateway", at("<html>Welcome</html>")],
    ["a list", at("[]")],
    ["a version that is not one", at('{"version": 7}')],
    ["a redirection to a login page", { status: 302, headers: { location: "http://login" } }],
    ["a refusal", { status: 406 }],
  ])("is looked for at the service's root when there is %s at the version's URL", async (_, answer) => {
    const mock = mockCloud({ versionDocument: answer });
    await expect(mock.session.range("compute", "2.1")).resolves.toEqual({ min: "2.1", max: "2.93" });
    expect(mock.waits).toEqual([]);
  });
});

describe("something else than Keystone", () => {
  it.each([{ status: 404 }, { status: 405, text: "<h1>Not here</h1>" }])(
    "is named as such after %j",
    async (answer) => {
      const mock = mockCloud().answer("identity", "POST /auth/tokens", answer);
      await expect(get(mock)).rejects.toThrow(/no Keystone at http:\/\/identity.test:5000\/v3: is auth_url right/);
    },
  );

  it("is not believed without a token in its answer", async () => {
    const mock = mockCloud().answer("identity", "POST /auth/tokens", { status: 201, body: { token: {} } });
    await expect(get(mock)).rejects.toThrow("X-Subject-Token is missing");
  });
});

describe("failures", () => {
  it("repeats a reading request, as long as asked, and counts each try", async () => {
    const mock = mockCloud().answer(
      "compute",
      "GET /x",
      { status: 503, headers: { "retry-after": "2" } },
      { fail: "ECONNRESET" },
      { text: '{"half": [' },
      { body: { ok: true } },
    );
    await expect(get(mock)).resolves.toMatchObject({ body: { ok: true } });
    expect(mock.waits).toHaveLength(3);
    expect(mock.waits[0]).toBe(2000);
    expect(mock.session.requestCount).toBe(5);
    expect(mock.events.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 201],
      [1, 503],
      [2, undefined],
      [3, undefined],
      [4, 200],
    ]);
  });

  it("gives up in the end, with the last error", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { status: 503 });
    await expect(get(mock)).rejects.toMatchObject({ status: 503 });
    expect(mock.log()).toHaveLength(5);
  });

  it.each([
    ["a cut connection", { fail: "ECONNRESET" }, ConnectionError],
    ["no answer", { fail: "UND_ERR_HEADERS_TIMEOUT" }, ConnectionError],
    ["a gateway's error", { status: 502, text: "<h1>Bad Gateway</h1>" }, HttpError],
    ["a gateway's time-out", { status: 504 }, HttpError],
    ["half an answer", { status: 202, text: '{"a' }, ProtocolError],
  ])("sends a change once after %s, and says that it may have happened", async (_, answer, type) => {
    const mock = mockCloud().answer("compute", "POST /x", answer);
    const error = await errorOf(post(mock));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ ambiguous: true });
    expect(mock.log()).toEqual(["POST /x"]);
  });

  it("repeats a change that was never sent or turned away at the door", async () => {
    const mock = mockCloud().answer(
      "compute",
      "POST /x",
      { fail: "ECONNREFUSED" },
      { status: 429, headers: { "retry-after": "1" } },
      { status: 202 },
    );
    await expect(post(mock)).resolves.toMatchObject({ status: 202 });
    expect(mock.log()).toHaveLength(3);
  });

  it("is certain about a refusal", async () => {
    const body = { conflictingRequest: { code: 409, message: "it is migrating" } };
    const mock = mockCloud().answer("compute", "POST /x", {
      status: 409,
      body,
      headers: { "x-compute-request-id": "req-9" },
    });
    expect(await errorOf(post(mock))).toMatchObject({
      status: 409,
      reason: "it is migrating",
      requestId: "req-9",
      ambiguous: false,
    });
  });

  it("repeats the request for a token", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} }).answer(
      "identity",
      "POST /auth/tokens",
      { fail: "ECONNRESET" },
      { status: 503 },
      { fail: "ECONNREFUSED" },
      {
        status: 401,
      },
    );
    await expect(get(mock)).rejects.toThrow(AuthError);
    expect(tokens(mock)).toHaveLength(4);
  });

  it("follows no redirection", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { status: 302, headers: { location: "http://elsewhere" } });
    await expect(get(mock)).rejects.toMatchObject({ status: 302, reason: "Found" });
  });

  it("stops when told to", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} });
    await get(mock);
    const signal = AbortSignal.abort();
    const request = mock.session.request("compute", { method: "GET", path: "/x", signal });
    await expect(request).rejects.toMatchObject({ kind: "aborted" });
  });

  it("do not hide a call that the mock has no answer to", async () => {
    const mock = mockCloud();
    await expect(get(mock, "/nobody")).rejects.toThrow("no answer to compute GET /nobody");
    expect(() => {
      mock.verify();
    }).toThrow("/nobody");
    expect(mock.calls.filter(({ path }) => path === "/nobody")).toHaveLength(1);
  });
});

describe("secrets", () => {
  it("are in nothing that can be printed", async () => {
    const mock = mockCloud().answer("compute", "GET /x", { body: {} }).answer("compute", "GET /bad", {
      status: 400,
      text: "not json",
    });
    await get(mock);
    const error = await errorOf(get(mock, "/bad"));
    const broken = mockCloud().answer("identity", "POST /auth/tokens", { status: 201, text: MOCK_PASSWORD });
    const authError = await errorOf(get(broken));
    const printed = [mock.session, mock.config, mock.cloud, mock.events, error, authError].flatMap((thing) => [
      inspect(thing, { depth: 20, showHidden: true }),
      JSON.stringify(thing),
      String(thing),
    ]);
    for (const text of printed) {
      expect(text).not.toContain(MOCK_PASSWORD);
      expect(text).not.toContain(MOCK_TOKEN);
    }
    expect(inspect(mock.config, { depth: 20 })).toContain("[secret]");
  });
});
