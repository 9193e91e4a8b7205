import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CloudConfig } from "../../../openstack/cloud-config.ts";
import { CloudConfigError } from "../../../openstack/cloud-config.ts";
import { ConnectionError } from "../../../openstack/errors.ts";
import { createDispatcher, send } from "../../../openstack/transport.ts";
import { mockCloud } from "../../support/mock-cloud.ts";

const directory = mkdtempSync(join(tmpdir(), "tls-"));
const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
let open: Server[] = [];

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const config = (authUrl: string, tls: CloudConfig["tls"] = { verify: true }): CloudConfig => ({
  ...mockCloud().config,
  authUrl,
  tls,
});

async function get(url: string, tls?: CloudConfig["tls"], env: NodeJS.ProcessEnv = {}) {
  const dispatcher = createDispatcher(config(url, tls), env);
  try {
    return await send(dispatcher, {
      context: { service: "identity", method: "GET", path: "/" },
      url,
      headers: {},
      timeoutMs: 2000,
    });
  } finally {
    await dispatcher.close();
  }
}

beforeAll(() => {
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, ...subject],
    { stdio: "ignore" },
  );
});
afterEach(() => {
  for (const server of open) server.close();
  open = [];
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("TLS", () => {
  const answer: RequestListener = (_, response) => response.end("{}");
  const https = () => listen(createHttps({ cert: readFileSync(cert), key: readFileSync(key) }, answer));

  it("refuses an unknown authority, and says which setting is for that", async () => {
    const error = await get(`https://127.0.0.1:${await https()}/`).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ kind: "tls", neverSent: true });
    expect((error as Error).message).toContain("set cacert");
  });

  it("trusts the authority of cacert, or any when told not to verify", async () => {
    const url = `https://127.0.0.1:${await https()}/`;
    expect((await get(url, { verify: true, cacert: cert })).status).toBe(200);
    expect((await get(url, { verify: false })).status).toBe(200);
  });

  it("shows the client's certificate", async () => {
    const options = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(cert), requestCert: true };
    const port = await listen(createHttps({ ...options, rejectUnauthorized: true }, answer));
    const url = `https://127.0.0.1:${port}/`;
    expect((await get(url, { verify: true, cacert: cert, cert, key })).status).toBe(200);
    await expect(get(url, { verify: true, cacert: cert })).rejects.toThrow(ConnectionError);
  });

  it("names every file that cannot be read", () => {
    const tls = { verify: true, cacert: "/nowhere/ca.pem", cert: "/nowhere/cert.pem" };
    try {
      createDispatcher(config("https://k", tls));
      expect.unreachable();
    } catch (error) {
      expect((error as CloudConfigError).problems.map(({ path, value, problem }) => [path, value, problem])).toEqual([
        ["a test: mock: cacert", "/nowhere/ca.pem", "the file cannot be read (ENOENT)"],
        ["a test: mock: cert", "/nowhere/cert.pem", "the file cannot be read (ENOENT)"],
      ]);
    }
  });

  it("is missed where there is none", async () => {
    const port = await listen(createHttp(answer));
    await expect(get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ kind: "tls" });
  });
});

describe("connections", () => {
  it("that nobody accepts are refused, and certainly nothing was sent", async () => {
    const server = createHttp();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ kind: "refused", neverSent: true });
  });

  it("may be closed by the server after every answer", async () => {
    const port = await listen(createHttp((_, response) => response.setHeader("connection", "close").end("{}")));
    const url = `http://127.0.0.1:${port}/`;
    const dispatcher = createDispatcher(config(url), {});
    const request = {
      context: { service: "identity", method: "POST", path: "/" },
      url,
      headers: {},
      timeoutMs: 2000,
    } as const;
    for (let i = 0; i < 5; i++) expect((await send(dispatcher, request)).status).toBe(200);
    await dispatcher.close();
  });

  it("are kept for the next request otherwise", async () => {
    const ports = new Set<number | undefined>();
    const port = await listen(
      createHttp((request, response) => {
        ports.add(request.socket.remotePort);
        response.end("{}");
      }),
    );
    const url = `http://127.0.0.1:${port}/`;
    const dispatcher = createDispatcher(config(url), {});
    const request = {
      context: { service: "identity", method: "GET", path: "/" },
      url,
      headers: {},
      timeoutMs: 2000,
    } as const;
    for (let i = 0; i < 6; i++) await send(dispatcher, request);
    await dispatcher.close();
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it("go through the environment's proxy, unless no_proxy says otherwise", async () => {
    const seen: string[] = [];
    const proxy = createHttp((request, response) => {
      seen.push(request.url ?? "");
      response.end("from the proxy");
    }).on("connect", (request, socket) => {
      seen.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    const http_proxy = `http://127.0.0.1:${await listen(proxy)}`;
    const port = await listen(createHttp((_, response) => response.end("direct")));
    const url = `http://127.0.0.1:${port}/`;
    expect((await get(url, undefined, { http_proxy, no_proxy: "127.0.0.1" })).body).toBe("direct");
    expect(seen).toEqual([]);
    await get(url, undefined, { http_proxy, no_proxy: "" }).catch(() => undefined);
    expect(seen).toHaveLength(1);
  });
});
