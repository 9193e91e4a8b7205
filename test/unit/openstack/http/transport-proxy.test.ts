import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type Socket } from "node:net";
import { inspect } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { CloudConfigError } from "../../../../openstack/auth/cloud-config.ts";
import { get, listen, ownCertificate } from "../../../support/http/connections.ts";

const { cert, key } = ownCertificate();

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

  it("that refuses is reported as refusing, without its password", async () => {
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

  it("may be given without a scheme; an invalid one is reported without its password", async () => {
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
