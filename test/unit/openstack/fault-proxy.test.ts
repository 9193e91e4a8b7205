import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadCloudConfig } from "../../../openstack/auth/clouds-config.ts";
import { Session } from "../../../openstack/http/session.ts";
import type { RetryPolicy } from "../../../openstack/http/retry.ts";
import { FaultProxy } from "../../support/http/fault-proxy.ts";

/** A Keystone and a Nova on one port, which count what they have acted on. */
function tinyCloud() {
  const acted: string[] = [];
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    acted.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const send = (status: number, body: unknown, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    if (request.url !== "/v3/auth/tokens") return void send(200, { items: ["a", "b", "c"] });
    const endpoint = { interface: "public", region_id: "R", url: `http://127.0.0.1:${port}/v2.1` };
    const token = {
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      user: { id: "u" },
      project: { id: "p" },
      catalog: [{ type: "compute", endpoints: [endpoint] }],
    };
    send(201, { token }, { "x-subject-token": "t", connection: "close" });
  });
  return { server, acted };
}

const QUICK: Partial<RetryPolicy> = { firstDelayMs: 1 };

describe("the fault proxy", () => {
  const { server, acted } = tinyCloud();
  let proxy: FaultProxy;
  let session: Session;
  let directory: string;

  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    directory = await mkdtemp(join(tmpdir(), "proxy-"));
    const [from, to] = [join(directory, "clouds.yaml"), join(directory, "proxied.yaml")];
    const authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
    await writeFile(from, `clouds: {c: {auth: {auth_url: "${authUrl}", username: u, password: p, project_id: p}}}`);
    proxy = await FaultProxy.forClouds(from, to);
    expect((await stat(to)).mode & 0o777).toBe(0o600);
    expect(await readFile(to, "utf8")).not.toContain(`"${authUrl}"`);
    const config = await loadCloudConfig({ cloud: "c" }, { OS_CLIENT_CONFIG_FILE: to, HOME: directory });
    session = new Session({ ...config, timeouts: { connectMs: 2000, responseMs: 2000 } }, { retry: QUICK });
    await session.freshToken();
    acted.length = 0;
    proxy.clear();
  });

  afterEach(async () => {
    await session.close();
    await proxy.close();
    await rm(directory, { recursive: true });
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
  });

  const get = (path = "/x") => session.request("compute", { method: "GET", path });
  const post = () => session.request("compute", { method: "POST", path: "/act", body: {} });

  it("leads everything to the real services, and tells them apart", async () => {
    expect(await get()).toMatchObject({ status: 200, body: { items: ["a", "b", "c"] } });
    await session.freshToken();
    expect(acted).toEqual(["GET /v2.1/x", "POST /v3/auth/tokens"]);
    expect(proxy.log.map(({ service, path, status }) => [service, path, status])).toEqual([
      ["compute", "/v2.1/x", 200],
      ["identity", "/v3/auth/tokens", 201],
    ]);
  });

  it("tells services apart that share a port", () => {
    proxy.through("http://one/identity/v3", "identity");
    proxy.through("http://one/compute/v2.1", "compute");
    expect(proxy.through("https://other:8776/v3/f00/")).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/to\/https\/other:8776\/v3\/f00\/$/,
    );
    expect(proxy.serviceOf("http://one/compute/v2.1/servers")).toBe("compute");
    expect(proxy.serviceOf("http://one/identity/v3/auth/tokens")).toBe("identity");
    expect(proxy.serviceOf("http://unknown/")).toBeUndefined();
  });

  it("notes what is asked of a server", async () => {
    await session.request("compute", { method: "POST", path: "/servers/5e/action", body: { confirmResize: null } });
    await get();
    expect(proxy.log.map(({ action }) => action)).toEqual(["confirmResize", undefined]);
  });

  it("answers in a service's place", async () => {
    proxy.add({ path: "/x" }, { kind: "answer", status: 429, headers: { "retry-after": "0" } });
    expect((await get()).status).toBe(200);
    expect(proxy.log.map(({ fault, status }) => [fault, status])).toEqual([
      ["answer", undefined],
      [undefined, 200],
    ]);
    expect(acted).toHaveLength(1);
  });

  it("answers in a service's place after the service has acted", async () => {
    proxy.add({ method: "POST" }, { kind: "answer", status: 502, when: "after" });
    await expect(post()).rejects.toMatchObject({ status: 502, ambiguous: true });
    expect(proxy.log).toMatchObject([{ fault: "answer", status: 200, answered: 502 }]);
    expect(acted).toEqual(["POST /v2.1/act"]);
  });

  it("cuts a connection before the service has seen the request", async () => {
    proxy.add({ method: "POST" }, { kind: "cut", when: "before" });
    await expect(post()).rejects.toMatchObject({ kind: "reset", ambiguous: true });
    expect(acted).toEqual([]);
  });

  it("cuts a connection after the service has acted", async () => {
    proxy.add({ method: "POST" }, { kind: "cut", when: "after" });
    await expect(post()).rejects.toMatchObject({ kind: "reset", ambiguous: true });
    expect(acted).toEqual(["POST /v2.1/act"]);
  });

  it("lets half an answer through", async () => {
    proxy.add({ method: "POST" }, { kind: "half" });
    await expect(post()).rejects.toMatchObject({
      name: "ProtocolError",
      message: expect.stringContaining("it broke off (status 200)") as string,
      ambiguous: true,
    });
    proxy.add({ method: "GET" }, { kind: "half" });
    expect((await get()).body).toEqual({ items: ["a", "b", "c"] });
    expect(proxy.log.map(({ method, fault }) => `${method} ${fault ?? "ok"}`)).toEqual([
      "POST half",
      "GET half",
      "GET ok",
    ]);
  });

  it("replaces an answer by garbage", async () => {
    proxy.add({ times: 9 }, { kind: "garbage" });
    await expect(post()).rejects.toMatchObject({ name: "ProtocolError", ambiguous: true });
  });

  it("is slow, so that the client gives up", async () => {
    proxy.add({ method: "POST" }, { kind: "delay", ms: 3000, when: "after" });
    const slow = session.request("compute", { method: "POST", path: "/act", timeoutMs: 100, body: {} });
    await expect(slow).rejects.toMatchObject({ kind: "timeout", ambiguous: true });
    expect(acted).toEqual(["POST /v2.1/act"]);
  });

  it("hits the requests that are meant", async () => {
    proxy.add({ path: /y$/, nth: 2, times: 2, service: "compute" }, { kind: "answer", status: 400 });
    const statuses: string[] = [];
    for (const path of ["/x", "/y", "/y", "/x", "/y", "/y"]) {
      statuses.push(
        await get(path).then(
          () => "ok",
          () => "fault",
        ),
      );
    }
    expect(statuses).toEqual(["ok", "ok", "fault", "ok", "fault", "ok"]);
  });

  it("tells the test when it happens", async () => {
    const hits: string[] = [];
    proxy.add(
      { path: "/x" },
      { kind: "nothing" },
      ({ method, path }) => void hits.push(`${method} ${path} ${acted.length}`),
    );
    await get();
    await get();
    expect(hits).toEqual(["GET /v2.1/x 0"]);
  });
});
