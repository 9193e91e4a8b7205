import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { MOCK_PASSWORD, MOCK_PROJECT, type MockCloud } from "./mock-cloud.ts";

/** What a proxy does wrong. */
export type ProxyFault =
  /** Answers CONNECT with this status. */
  | { status: number }
  /** Cuts every third connection before it answers CONNECT. */
  | "cuts CONNECT"
  /** Cuts the connection of a POST to a server: before the cloud sees it, amid its answer, or instead of that. */
  | "cuts POST before"
  | "cuts POST during"
  | "cuts POST after"
  /** Cuts the connection of each path's first GET. */
  | "cuts GET";

const POST = /^POST \S+\/action /;

/** A mock cloud that the built command can reach over sockets: directly, or through a proxy. */
export class ServedCloud implements AsyncDisposable {
  /** The CONNECT requests that the proxy has seen. */
  readonly tunnels: string[] = [];
  readonly #mock: MockCloud;
  readonly #server: Server;
  readonly #proxy: Server;
  readonly #fault: ProxyFault | undefined;

  private constructor(mock: MockCloud, fault?: ProxyFault) {
    this.#mock = mock;
    this.#fault = fault;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => request.socket.resetAndDestroy());
    });
    this.#proxy = createServer().on("connect", (request: IncomingMessage, client: Socket) => {
      this.#tunnel(request.url ?? "", client);
    });
  }

  static async start(mock: MockCloud, fault?: ProxyFault): Promise<ServedCloud> {
    const served = new ServedCloud(mock, fault);
    for (const server of [served.#server, served.#proxy]) {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
    return served;
  }

  /** The environment of a command that speaks to the cloud directly. */
  get env(): Record<string, string> {
    return this.#credentials(`${urlOf(this.#server)}/identity.test:5000/v3`);
  }

  /** The environment of a command behind the proxy, which alone resolves the names of the cloud's hosts. */
  get proxiedEnv(): Record<string, string> {
    const proxy = urlOf(this.#proxy).replace("//", "//operator:proxy-secret@");
    return { ...this.#credentials("http://identity.test:5000/v3"), http_proxy: proxy };
  }

  get proxyUrl(): string {
    return urlOf(this.#proxy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#server, this.#proxy]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #credentials(authUrl: string): Record<string, string> {
    return {
      OS_AUTH_URL: authUrl,
      OS_USERNAME: "admin",
      OS_USER_DOMAIN_ID: "default",
      OS_PASSWORD: MOCK_PASSWORD,
      OS_PROJECT_ID: MOCK_PROJECT,
    };
  }

  /** Direct requests name the service's host in their path, those through the proxy in their `host`. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isProxied = request.headers.host?.includes(".test") === true;
    const url = isProxied ? `http://${request.headers.host ?? ""}${request.url ?? ""}` : `http:/${request.url ?? ""}`;
    const method = request.method ?? "";
    const body = await text(request);
    const answer = await this.#mock.connections.send({
      context: { service: "compute", method, path: "" },
      url,
      headers: request.headers as Record<string, string>,
      ...(body !== "" && { body }),
      timeoutMs: 0,
    });
    const own = isProxied ? answer.body : answer.body.replace(/http:\/(?=\/[a-z-]+\.test)/g, urlOf(this.#server));
    // Each request of a proxy that cuts CONNECT needs a connection of its own.
    const connection = this.#fault === "cuts CONNECT" ? { connection: "close" } : {};
    response.writeHead(answer.status, { ...answer.headers, ...connection }).end(own);
  }

  #tunnel(target: string, client: Socket): void {
    this.tunnels.push(target);
    const fault = this.#fault;
    client.on("error", () => undefined);
    if (typeof fault === "object") return void client.end(`HTTP/1.1 ${fault.status} No\r\ncontent-length: 0\r\n\r\n`);
    if (fault === "cuts CONNECT" && this.tunnels.length % 3 === 0) return void client.destroy();
    const cloud = connect((this.#server.address() as AddressInfo).port, "127.0.0.1");
    const cut = () => {
      client.resetAndDestroy();
      cloud.destroy();
    };
    cloud.on("error", cut);
    let isLost = false;
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    client.on("data", (chunk: Buffer) => {
      const line = chunk.toString("latin1").split("\r\n", 1)[0] ?? "";
      if (fault === "cuts GET" && this.#isFirst(line)) cut();
      else if (fault === "cuts POST before" && POST.test(line)) cut();
      else cloud.write(chunk);
      isLost ||= (fault === "cuts POST after" || fault === "cuts POST during") && POST.test(line);
    });
    cloud.on("data", (chunk: Buffer) => {
      if (!isLost) client.write(chunk);
      else if (fault === "cuts POST during") client.write(chunk.subarray(0, chunk.length / 2), cut);
      else cut();
    });
    client.on("close", () => cloud.destroy());
    cloud.on("close", () => client.destroy());
  }

  readonly #seen = new Set<string>();

  #isFirst(line: string): boolean {
    if (!line.startsWith("GET ") || this.#seen.has(line)) return false;
    this.#seen.add(line);
    return true;
  }
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
