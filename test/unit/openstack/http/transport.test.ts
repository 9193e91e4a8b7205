import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import type { RequestListener, ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { CloudConfigError } from "../../../../openstack/auth/cloud-config.ts";
import { ConnectionError, ProtocolError } from "../../../../openstack/http/errors.ts";
import { connectionsOf } from "../../../../openstack/http/transport.ts";
import type { WireRequest } from "../../../../openstack/http/transport.ts";
import { config, get, listen, ownCertificate, request } from "../../../support/http/connections.ts";

const { directory, cert, key } = ownCertificate();

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

  it("does not begin with a certificate or key that is none", async () => {
    const none = join(directory, "none.pem");
    writeFileSync(none, "no certificate at all");
    const url = `https://127.0.0.1:${await https()}/`;
    await expect(get(url, { verify: true, cacert: cert, cert: none, key })).rejects.toMatchObject({
      name: "ConnectionError",
      kind: "other",
      message: expect.stringContaining("PEM") as string,
    });
    await expect(get(url, { verify: true, cacert: none })).rejects.toThrow(ConnectionError);
  });

  it("names every file that cannot be read", () => {
    const tls = { verify: true, cacert: "/nowhere/ca.pem", cert: "/nowhere/cert.pem" };
    try {
      connectionsOf(config("https://k", tls));
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
  it("that break once a change went out by TLS do not say that it was never sent", async () => {
    const options = { cert: readFileSync(cert), key: readFileSync(key) };
    const breaks = createHttps(options, ({ socket }) => {
      // What the socket below TLS is written in clear is no record of TLS.
      (socket as unknown as { _parent: Socket })._parent.write("no record at all, and more of that");
    });
    const url = `https://127.0.0.1:${await listen(breaks)}/`;
    const context = { service: "compute", method: "POST", path: "/" } as const;
    const error = await get(url, { verify: false }, {}, { context }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ neverSent: false, ambiguous: true });
    breaks.closeAllConnections();
  });

  it("that were closed take no more requests, be they new ones or those that waited", async () => {
    let arrived = 0;
    const url = `http://127.0.0.1:${await listen(createHttp(() => (arrived += 1)))}/`;
    const connections = connectionsOf(config(url), {});
    const sent = Array.from({ length: 10 }, () => connections.send(request(url)).catch((error: unknown) => error));
    await vi.waitFor(() => {
      expect(arrived).toBe(8);
    });
    await connections.close();
    await expect(connections.send(request(url))).rejects.toMatchObject({ kind: "aborted" });
    expect((await Promise.all(sent)).every((one) => one instanceof ConnectionError)).toBe(true);
    expect(arrived).toBe(8);
  });

  it("that nobody accepts are refused, and certainly nothing was sent", async () => {
    const server = createHttp();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ kind: "refused", neverSent: true });
  });

  it("may be closed by the server after every answer, whether it says so or not", async () => {
    const says: RequestListener = (_, response) => response.setHeader("connection", "close").end("{}");
    const silent: RequestListener = ({ socket }, response) =>
      response.end("{}", () => setTimeout(() => socket.end(), 5));
    for (const listener of [says, silent]) {
      const url = `http://127.0.0.1:${await listen(createHttp(listener))}/`;
      const connections = connectionsOf(config(url), {});
      const context = { service: "identity", method: "POST", path: "/" } as const;
      for (let i = 0; i < 5; i++) {
        expect((await connections.send(request(url, { context }))).status).toBe(200);
        await sleep(20);
      }
      await connections.close();
    }
  });

  it("are kept for the next request otherwise", async () => {
    const ports = new Set<number | undefined>();
    const port = await listen(
      createHttp((incoming, response) => {
        ports.add(incoming.socket.remotePort);
        response.end("{}");
      }),
    );
    const url = `http://127.0.0.1:${port}/`;
    const connections = connectionsOf(config(url), {});
    for (let i = 0; i < 6; i++) await connections.send(request(url));
    await connections.close();
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it("are eight to a service at most: what else is asked waits, and not only for a while", async () => {
    let [now, most] = [0, 0];
    const slow: RequestListener = (_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end("{}");
      }, 150);
    };
    const url = `http://127.0.0.1:${await listen(createHttp(slow))}/`;
    const connections = connectionsOf(config(url), {});
    const answers = Array.from({ length: 24 }, () => connections.send(request(url, { timeoutMs: 300 })));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(24).fill(200));
    expect(most).toBe(8);
    await connections.close();
  });
});

describe("an answer", () => {
  const from = async (listener: RequestListener) => `http://127.0.0.1:${await listen(createHttp(listener))}/`;
  const failure = (url: string, more: Partial<WireRequest> = {}) =>
    get(url, undefined, {}, { timeoutMs: 200, ...more }).catch((error: unknown) => error);

  it("comes with what was sent, and its headers in lower case", async () => {
    const url = await from((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => {
        response.writeHead(202, { "X-Two": ["a", "b"], "X-Length": incoming.headers["content-length"] ?? "none" });
        response.end(
          `${incoming.method ?? ""} ${incoming.url ?? ""} ${incoming.headers["x-auth-token"] as string} ${body}`,
        );
      });
    });
    const context = { service: "compute", method: "POST", path: "/" } as const;
    const sent = { context, headers: { "x-auth-token": "t" }, body: '{"größe":1}' };
    expect(await get(`${url}a?b=c`, undefined, {}, sent)).toMatchObject({
      status: 202,
      headers: { "x-two": "a, b", "x-length": "13" },
      body: 'POST /a?b=c t {"größe":1}',
    });
  });

  it("that does not come in time is waited for no longer; the request may have been acted on", async () => {
    expect(await failure(await from(() => undefined))).toMatchObject({
      kind: "timeout",
      neverSent: false,
      message: expect.stringContaining("connected, but no answer came in time (UND_ERR_HEADERS_TIMEOUT)") as string,
    });
  });

  it("may take long while it continues; one that stops is a failure", async () => {
    const slow = await from((_, response) => {
      for (let i = 1; i <= 5; i++) setTimeout(() => response.write("x"), i * 100);
      setTimeout(() => response.end(), 600);
    });
    expect((await get(slow, undefined, {}, { timeoutMs: 250 })).body).toBe("xxxxx");
    expect(await failure(await from((_, response) => void response.write("x")))).toMatchObject({
      kind: "timeout",
      message: expect.stringContaining("the answer stopped before its end (UND_ERR_BODY_TIMEOUT)") as string,
    });
  });

  it("that is cut off before it begins is a cut connection, and after that one that makes no sense", async () => {
    expect(await failure(await from(({ socket }) => void socket.destroy()))).toMatchObject({
      kind: "reset",
      neverSent: false,
    });
    const half = await from(({ socket }, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("half", () => socket.destroy());
    });
    const error = await failure(half);
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as Error).message).toContain("it broke off (status 200)");
  });

  it("is not waited for once that is given up, before it begins or after", async () => {
    for (const listener of [() => undefined, (_: unknown, response: ServerResponse) => void response.write("x")]) {
      const giveUp = new AbortController();
      setTimeout(() => {
        giveUp.abort();
      }, 50);
      const given = { timeoutMs: 2000, signal: giveUp.signal };
      expect(await failure(await from(listener), given)).toMatchObject({ kind: "aborted", neverSent: false });
    }
    const before = { signal: AbortSignal.abort() };
    expect(await failure(await from(() => undefined), before)).toMatchObject({ kind: "aborted" });
  });

  it("that is not HTTP is reported as such", async () => {
    const port = await listen(createHttp().on("connection", (socket: Socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await failure(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: "other", neverSent: false });
  });
});
