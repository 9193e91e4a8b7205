import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request as send } from "undici";
import { parse, stringify } from "yaml";
import { CATALOG_TYPES, SERVICE_TYPES } from "../../../openstack/auth/service-type.ts";
import type { ServiceType } from "../../../openstack/auth/service-type.ts";
import { FaultPlan } from "./fault.ts";
import type { Fault, FaultAction, FaultMatch, ProxiedRequest } from "./fault.ts";

/** What a request came to. */
export interface ProxyLogEntry extends ProxiedRequest {
  /** What is asked of a server, such as `os-migrateLive`. */
  action?: string;
  /** The kind of fault that hit it. */
  fault?: FaultAction["kind"];
  /** What the service answered; unset if it never saw the request. */
  status?: number;
  /** The status that a fault of the kind `answer` gave instead. */
  answered?: number;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** Headers that belong to one connection, and those that are written anew. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect"];
const PREFIX = "/to/";

const isUrl = (value: unknown): value is string => typeof value === "string" && /^https?:\/\//.test(value);

function forwarded<T>(headers: Record<string, T | undefined>): Record<string, T> {
  const kept: Record<string, T> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) kept[name] = value;
  }
  return kept;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Stands in front of a real cloud and lets chosen requests go wrong. Everything goes through it, since it rewrites the
 * catalog in Keystone's answers.
 *
 * @example
 * const proxy = await FaultProxy.forClouds("clouds.yaml", "proxied.yaml");
 * proxy.add({ method: "POST", path: "/action" }, { kind: "cut", when: "after" });
 */
export class FaultProxy {
  /** All requests so far. */
  readonly log: ProxyLogEntry[] = [];
  readonly #plan = new FaultPlan();
  readonly #agent = new Agent();
  readonly #services = new Map<string, ServiceType>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => request.socket.destroy());
    });
  }

  /** A proxy on a free port of the loopback address. */
  static async start(): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /**
   * A proxy for every cloud of a clouds.yaml, and a copy of that file which leads through it.
   *
   * @param settings for each of the clouds in the copy
   */
  static async forClouds(sourceFile: string, targetFile: string, settings: object = {}): Promise<FaultProxy> {
    const proxy = await FaultProxy.start();
    const content = parse(await readFile(sourceFile, "utf8")) as {
      clouds: Record<string, { auth: { auth_url: string } }>;
    };
    for (const cloud of Object.values(content.clouds)) {
      cloud.auth.auth_url = proxy.through(cloud.auth.auth_url, "identity");
      Object.assign(cloud, settings);
    }
    await writeFile(targetFile, stringify(content), { mode: 0o600 });
    return proxy;
  }

  /** The URL that leads to another through the proxy. */
  through(url: string, service?: ServiceType): string {
    const { origin, host, protocol, pathname } = new URL(url);
    if (service) this.#services.set(origin + pathname.replace(/\/$/, ""), service);
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${PREFIX}${protocol.slice(0, -1)}/${host}${pathname === "/" ? "" : pathname}`;
  }

  /** The service whose endpoint the URL is below; clouds may have all services on one port. */
  serviceOf(url: string): ServiceType | undefined {
    const bases = [...this.#services.keys()].sort((a, b) => b.length - a.length);
    // Version documents are above the endpoint.
    const base =
      bases.find((at) => url.startsWith(at)) ?? bases.find((at) => new URL(at).origin === new URL(url).origin);
    return base === undefined ? undefined : this.#services.get(base);
  }

  /** Lets requests go wrong from now on. */
  add(match: FaultMatch, action: FaultAction, onHit?: Fault["onHit"], onAnswered?: Fault["onAnswered"]): this {
    this.#plan.add({ match, action, ...(onHit && { onHit }), ...(onAnswered && { onAnswered }) });
    return this;
  }

  /** Lets everything go right again, and forgets the log. */
  clear(): void {
    this.#plan.clear();
    this.log.length = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#agent.close();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = /^\/to\/(https?)\/([^/?]+)([^?]*)(.*)$/.exec(incoming.url ?? "");
    if (!match) {
      response.writeHead(404).end();
      return;
    }
    const [, protocol = "", host = "", path = "", query = ""] = match;
    const origin = `${protocol}://${host}`;
    const method = incoming.method ?? "GET";
    const entry: ProxyLogEntry = { method, service: this.serviceOf(origin + path), path, query };
    this.log.push(entry);
    const body = await bodyOf(incoming);
    if (path.endsWith("/action")) entry.action = Object.keys(JSON.parse(body.toString()) as object)[0] ?? "";
    const fault = this.#plan.next(entry);
    if (fault) entry.fault = fault.action.kind;
    await fault?.onHit?.(entry);
    const action: FaultAction = fault?.action ?? { kind: "nothing" };

    if (action.kind === "answer" && action.when !== "after") {
      sendInstead(action, entry, response);
      return;
    }
    if (action.kind === "cut" && action.when === "before") return void incoming.socket.resetAndDestroy();
    if (action.kind === "delay" && action.when === "before") await delay(action.ms);
    const answer = await this.#forward(`${origin}${path}${query}`, incoming, body);
    entry.status = answer.status;
    await fault?.onAnswered?.(entry, answer.headers);
    if (action.kind === "answer") {
      sendInstead(action, entry, response);
      return;
    }
    if (action.kind === "cut") return void incoming.socket.resetAndDestroy();
    if (action.kind === "delay" && action.when === "after") await delay(action.ms);
    if (action.kind === "half") {
      sendHalf(answer, response);
      return;
    }
    if (action.kind === "garbage") answer.body = Buffer.from(action.text ?? "<html>It works!</html>");
    response.writeHead(answer.status, { ...answer.headers, "content-length": answer.body.length }).end(answer.body);
  }

  async #forward(url: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const {
      statusCode,
      headers,
      body: content,
    } = await send(url, {
      method: incoming.method as "GET",
      headers: forwarded(incoming.headers),
      body: body.length > 0 ? body : null,
      dispatcher: this.#agent,
    });
    const received = Buffer.from(await content.arrayBuffer());
    const isToken = url.endsWith("/auth/tokens") && statusCode === 201;
    return {
      status: statusCode,
      headers: forwarded(headers),
      body: isToken ? this.#rewriteCatalog(received) : received,
    };
  }

  #rewriteCatalog(body: Buffer): Buffer {
    const answer = JSON.parse(body.toString()) as {
      token: { catalog?: { type: string; endpoints: { url: unknown }[] }[] };
    };
    for (const { type, endpoints } of answer.token.catalog ?? []) {
      const service = SERVICE_TYPES.find((name) => CATALOG_TYPES[name].includes(type));
      for (const endpoint of endpoints) {
        if (isUrl(endpoint.url)) endpoint.url = this.through(endpoint.url, service);
      }
    }
    return Buffer.from(JSON.stringify(answer));
  }
}

function sendInstead(action: FaultAction & { kind: "answer" }, entry: ProxyLogEntry, response: ServerResponse): void {
  const content = action.body === undefined ? "" : JSON.stringify(action.body);
  entry.answered = action.status;
  response.writeHead(action.status, { "content-type": "application/json", ...action.headers }).end(content);
}

/** Promises the whole answer, and breaks the connection in its middle. */
function sendHalf({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { ...headers, "content-length": Math.max(body.length, 2) });
  response.write(body.subarray(0, Math.max(1, Math.floor(body.length / 2))), () => {
    response.socket?.end();
  });
}
