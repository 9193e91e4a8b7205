import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import type { RequestListener, Server, ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudConfig } from "../../../../openstack/auth/cloud-config.ts";
import { CloudConfigError } from "../../../../openstack/auth/cloud-config.ts";
import { ConnectionError, ProtocolError } from "../../../../openstack/http/errors.ts";
import { connectionsOf } from "../../../../openstack/http/transport.ts";
import type { WireRequest } from "../../../../openstack/http/transport.ts";
import { mockCloud } from "../../../support/http/mock-cloud.ts";

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

const request = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  context: { service: "identity", method: "GET", path: "/" },
  url,
  headers: {},
  timeoutMs: 2000,
  ...more,
});

async function get(
  url: string,
  tls?: CloudConfig["tls"],
  env: NodeJS.ProcessEnv = {},
  more: Partial<WireRequest> = {},
) {
  const connections = connectionsOf(config(url, tls), env);
  try {
    return await connections.send(request(url, more));
  } finally {
    await connections.close();
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

  it("may take long, if it goes on; one that does not is no answer", async () => {
    const slow = await from((_, response) => {
      for (let i = 1; i <= 5; i++) setTimeout(() => response.write("x"), i * 100);
      setTimeout(() => response.end(), 600);
    });
    expect((await get(slow, undefined, {}, { timeoutMs: 250 })).body).toBe("xxxxx");
    expect(await failure(await from((_, response) => void response.write("x")))).toMatchObject({
      kind: "timeout",
      message: expect.stringContaining("the answer began, but did not go on in time (UND_ERR_BODY_TIMEOUT)") as string,
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

  it("that is no HTTP is told as what it is", async () => {
    const port = await listen(createHttp().on("connection", (socket: Socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await failure(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: "other", neverSent: false });
  });
});

describe("the environment's proxy", () => {
  const seen: string[] = [];
  /** Lets everything through that does not go to `closed`. */
  const proxy = () =>
    listen(
      createHttp((incoming, response) => {
        seen.push(incoming.url ?? "");
        response.end("from the proxy");
      }).on("connect", (incoming, socket: Socket) => {
        seen.push(incoming.url ?? "");
        if (incoming.url?.startsWith("closed.test")) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        const [host, port] = (incoming.url ?? "").split(":");
        const through = connect(Number(port), host, () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          through.pipe(socket).pipe(through);
        });
        through.on("error", () => socket.destroy());
        socket.on("error", () => through.destroy());
      }),
    );
  beforeEach(() => {
    seen.length = 0;
  });

  it("is asked, unless no_proxy says otherwise; what is in lower case comes first", async () => {
    const http_proxy = `http://127.0.0.1:${await proxy()}`;
    const url = `http://127.0.0.1:${await listen(createHttp((_, response) => response.end("direct")))}/`;
    const none = "http://127.0.0.1:1";
    expect((await get(url, undefined, { http_proxy, no_proxy: "127.0.0.1" })).body).toBe("direct");
    expect((await get(url, undefined, { HTTP_PROXY: none, NO_PROXY: "127.0.0.1" })).body).toBe("direct");
    expect((await get(url, undefined, { https_proxy: none })).body).toBe("direct");
    expect(seen).toEqual([]);
    expect((await get(url, undefined, { http_proxy, HTTP_PROXY: none, NO_PROXY: "" })).body).toBe("direct");
    expect(seen).toEqual([new URL(url).host]);
  });

  it("leads to TLS, which is checked as without it", async () => {
    const https_proxy = `http://127.0.0.1:${await proxy()}`;
    const port = await listen(
      createHttps({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => response.end("{}")),
    );
    const url = `https://127.0.0.1:${port}/`;
    expect((await get(url, { verify: true, cacert: cert }, { https_proxy })).status).toBe(200);
    await expect(get(url, { verify: true }, { https_proxy })).rejects.toMatchObject({ kind: "tls" });
    expect(seen).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`]);
  });

  it("that refuses is told as that, without its password", async () => {
    const https_proxy = `http://me:proxy-secret@127.0.0.1:${await proxy()}`;
    const error = await get("https://closed.test/", undefined, { https_proxy }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      kind: "other",
      neverSent: true,
      message: expect.stringMatching(
        /^identity GET \/: the proxy http:\/\/127.0.0.1:\d+ \(https_proxy\) refuses to connect to https:\/\/closed.test:443 \(status 403\)$/,
      ) as string,
    });
    expect(inspect(error, { depth: 9 })).not.toContain("proxy-secret");
  });

  it.each<[string, (socket: Socket) => void, kind: string, words: string]>([
    ["stays silent", () => undefined, "timeout", "connected, but no answer came in time"],
    ["closes each connection", (socket) => void socket.end(), "reset", "the connection was cut"],
    ["cuts each connection", (socket) => void socket.resetAndDestroy(), "reset", "the connection was cut"],
    ["does not speak HTTP", (socket) => void socket.write("SSH-2.0\r\n"), "other", "Response does not match"],
  ])("that %s is named, and nothing was sent", { timeout: 20_000 }, async (_, behave, kind, words) => {
    const odd = createHttp().on("connect", (_, socket: Socket) => {
      behave(socket);
    });
    const http_proxy = `http://me:proxy-secret@127.0.0.1:${await listen(odd)}`;
    const context = { service: "compute", method: "POST", path: "/" } as const;
    const error = await get("http://cloud.test/", undefined, { http_proxy }, { context }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ kind, neverSent: true, ambiguous: false });
    expect((error as Error).message).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ \(http_proxy\) cannot be reached: /);
    expect((error as Error).message).toContain(words);
    expect(inspect(error, { depth: 9 })).not.toContain("proxy-secret");
    odd.closeAllConnections();
  });

  it("is given its user and password, and the target with its port", async () => {
    const asked: (string | undefined)[] = [];
    const port = await listen(
      createHttp().on("connect", (incoming, socket: Socket) => {
        asked.push(incoming.url, incoming.headers["proxy-authorization"]);
        socket.end("HTTP/1.1 407 No\r\n\r\n");
      }),
    );
    for (const [url, user] of [
      ["https://[fd00::1]/", "me:p%40ss@"],
      ["http://cloud.test:5000/", "me@"],
      ["http://cloud.test/", ""],
    ] as const) {
      const all_proxy = `http://${user}127.0.0.1:${port}`;
      await expect(get(url, undefined, { all_proxy })).rejects.toMatchObject({ neverSent: true, kind: "other" });
    }
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    expect(asked).toEqual([
      ...["[fd00::1]:443", basic("me:p@ss")],
      ...["cloud.test:5000", basic("me:")],
      ...["cloud.test:80", undefined],
    ]);
  });

  it.each([
    ["with its yes", 0, "other", /answers with a page of its own instead of connecting to http:\/\/cloud\.test:80/],
    ["after its yes", 20, "other", /through the proxy .*Response does not match/],
  ])("that sends a page of its own %s is asked once and named", async (_, pause, kind, words) => {
    let asked = 0;
    const portal = createHttp().on("connect", (_, socket: Socket) => {
      asked += 1;
      socket.on("error", () => undefined);
      const yes = "HTTP/1.1 200 OK\r\n\r\n";
      const page = "<html>Please log in</html>";
      if (pause === 0) socket.write(yes + page);
      else socket.write(yes, () => setTimeout(() => socket.write(page), pause));
    });
    const http_proxy = `http://127.0.0.1:${await listen(portal)}`;
    const error = await get("http://cloud.test/", undefined, { http_proxy }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind, message: expect.stringMatching(words) as string });
    expect(asked).toBe(1);
    portal.closeAllConnections();
  });

  it("that says yes and no more is not waited for", { timeout: 20_000 }, async () => {
    const mute = createHttp().on("connect", (_, socket: Socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    const https_proxy = `http://127.0.0.1:${await listen(mute)}`;
    await expect(get("https://mute.test/", undefined, { https_proxy })).rejects.toMatchObject({ kind: "timeout" });
    mute.closeAllConnections();
  });

  it("may be given without a scheme; one that is none is told without its password", async () => {
    const http_proxy = `127.0.0.1:${await proxy()}`;
    const url = `http://127.0.0.1:${await listen(createHttp((_, response) => response.end("direct")))}/`;
    expect((await get(url, undefined, { http_proxy })).body).toBe("direct");
    expect(seen).toHaveLength(1);
    for (const wrong of [
      "http://me:se/cret@proxy:3128",
      "socks5://me:se/cret@proxy:1080",
      "http://me:%se/cret@p:1",
      "http://me:se@cret/@p:1",
    ]) {
      const error = await get(url, undefined, { http_proxy: wrong, https_proxy: wrong }).catch(
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(CloudConfigError);
      const problem = "is not the URL of an http or https proxy";
      const fix =
        "use a URL such as http://proxy.example.org:3128, with special characters of its password encoded (/ as %2F); " +
        "or unset the variable; or add the cloud's hosts to no_proxy";
      expect((error as CloudConfigError).problems).toEqual([{ path: "http_proxy", problem, fix }]);
      expect(inspect(error, { depth: 9 })).not.toContain("cret");
    }
    // What is not for this cloud is not looked at.
    expect((await get(url, undefined, { https_proxy: "" })).body).toBe("direct");
  });
});
