import { Socket } from "node:net";
import { createSecureContext, getCACertificates } from "node:tls";
import type { buildConnector } from "undici";
import sendConnect from "undici/lib/api/api-connect.js";
import sendRequest from "undici/lib/api/api-request.js";
import connectorOf from "undici/lib/core/connect.js";
import Agent from "undici/lib/dispatcher/agent.js";
import Client from "undici/lib/dispatcher/client.js";
import type { CloudConfig } from "../auth/cloud-config.ts";
import { ConnectionError, ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import { CANCELLED, classify, NotConnected, TunnelRefused } from "./network-failure.ts";
import { proxyFor, type Proxy } from "./proxies.ts";
import { readTlsFiles } from "./tls-files.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  context: RequestContext;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Longest wait for the answer, and between two parts of it, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** The answer, read to its end. Header names are in lower case. */
export interface WireResponse {
  status: number;
  statusText: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The connections to one cloud. */
export interface Connections {
  /**
   * Sends one request once, and reads the whole answer with any status.
   *
   * @throws ConnectionError if no answer came, or these connections were closed
   * @throws ProtocolError if the answer broke off
   */
  send(request: WireRequest): Promise<WireResponse>;
  /** Closes all of them. */
  close(): Promise<void>;
}

/** Connections to one service; further requests to it wait. */
const CONNECTIONS = 8;

/**
 * Makes the connections of one cloud: kept alive, through the proxies of the environment, with its TLS settings.
 *
 * @throws CloudConfigError if a certificate file cannot be read, or the variable of a proxy is wrong
 */
export function connectionsOf(config: CloudConfig, env: NodeJS.ProcessEnv = process.env): Connections {
  const proxyOf = (url: string) => proxyFor(new URL(url), env);
  proxyOf(config.authUrl);
  const dialer = new Dialer(config, proxyOf);
  const agent = new Agent({ connections: CONNECTIONS, connect: asConnector((options) => dialer.dial(options)) });
  return {
    send: async (request) => await send(agent, request, proxyOf(request.url)),
    close: async () => {
      dialer.close();
      await agent.destroy();
    },
  };
}

/** A connector for undici, which would retry some errors for ever if they were not wrapped. */
const asConnector =
  (dial: (options: buildConnector.Options) => Promise<Socket>): buildConnector.connector =>
  (options, callback) => {
    dial(options).then(
      (socket) => {
        callback(null, socket);
      },
      (error: unknown) => {
        callback(error instanceof NotConnected ? error : new NotConnected(error), null);
      },
    );
  };

/** Opens sockets to a cloud's services. */
class Dialer {
  readonly #timeout: number;
  readonly #tls: () => buildConnector.BuildOptions;
  readonly #plain: ReturnType<typeof connectorOf>;
  #secure: ReturnType<typeof connectorOf> | undefined;
  /** What is not connected yet. */
  readonly #pending = new Set<{ destroy(): unknown }>();

  readonly #proxyOf: (url: string) => Proxy | undefined;

  /** @throws CloudConfigError if a certificate file cannot be read */
  constructor({ tls, timeouts, source, name }: CloudConfig, proxyOf: (url: string) => Proxy | undefined) {
    this.#proxyOf = proxyOf;
    this.#timeout = timeouts.connectMs;
    this.#plain = connectorOf({ timeout: this.#timeout });
    const { ca = systemCertificates, ...files } = readTlsFiles(tls, `${source}: ${name}`);
    this.#tls = () => ({
      rejectUnauthorized: tls.verify,
      // Made once, and not for each connection: a system has more than a hundred certificate authorities.
      secureContext: createSecureContext({
        ...files,
        ...(tls.verify && { ca: typeof ca === "function" ? ca() : ca }),
      }),
    });
  }

  async dial(options: buildConnector.Options): Promise<Socket> {
    const { protocol, host, hostname } = options;
    const url = new URL(`${protocol}//${host ?? hostname}`);
    const proxy = this.#proxyOf(url.href);
    if (!proxy) return await this.#open(options);
    const httpSocket = await this.#tunnel(url, proxy);
    return protocol === "https:" ? await this.#open({ ...options, httpSocket }) : httpSocket;
  }

  close(): void {
    for (const pending of this.#pending) pending.destroy();
  }

  #open(options: buildConnector.Options): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const connector =
        options.protocol === "https:"
          ? (this.#secure ??= connectorOf({ timeout: this.#timeout, ...this.#tls() }))
          : this.#plain;
      const pending = connector(options, (error, socket) => {
        this.#pending.delete(pending);
        if (error) reject(error);
        else resolve(socket);
      });
      this.#pending.add(pending);
    });
  }

  /** A connection to a service through a proxy. undici's ProxyAgent does not distinguish failures of the proxy from those of the service. */
  async #tunnel({ protocol, host, port }: URL, { url, label }: Proxy): Promise<Socket> {
    const target = port === "" ? `${host}:${protocol === "https:" ? "443" : "80"}` : host;
    const user = decodeURIComponent(`${url.username}:${url.password}`);
    const client = new Client(url.origin, {
      headersTimeout: this.#timeout,
      connect: asConnector((options) => this.#open(options)),
    });
    this.#pending.add(client);
    try {
      const { statusCode, socket } = await sendConnect.call(client, {
        path: target,
        headers: user === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` },
      });
      const isConnected = statusCode >= 200 && statusCode < 300 && socket instanceof Socket;
      // A service never sends first. undici would reconnect for ever if data came before its request.
      const isAnswer = socket.readableLength > 0;
      if (isConnected && !isAnswer) return socket;
      socket.destroy();
      throw new TunnelRefused(statusCode, `${protocol}//${target}`);
    } catch (error) {
      throw new NotConnected(error instanceof NotConnected ? error.cause : error, label);
    } finally {
      this.#pending.delete(client);
    }
  }
}

/** Node trusts its own list only; an operator's certificate authority is usually in the system's. */
const systemCertificates = () => [...getCACertificates("default"), ...getCACertificates("system")];

async function send(agent: Agent, request: WireRequest, proxy: Proxy | undefined): Promise<WireResponse> {
  const { origin, pathname, search } = new URL(request.url);
  let status: number | undefined;
  try {
    const answer = await sendRequest.call(agent, {
      origin,
      path: pathname + search,
      method: request.context.method as "GET",
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal: request.signal ?? null,
    });
    status = answer.statusCode;
    const { statusText, headers } = answer;
    return { status, statusText, headers: single(headers), body: await answer.body.text() };
  } catch (error) {
    if (status === undefined || request.signal?.aborted || classify(error).kind === "timeout") {
      throw connectionError(request, error, proxy);
    }
    throw new ProtocolError(request.context, `it broke off (status ${status})`, { cause: error });
  }
}

const single = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );

/** The error for a request that got no answer. */
export function connectionError(request: WireRequest, error: unknown, proxy?: Proxy): ConnectionError {
  const { origin } = new URL(request.url);
  return new ConnectionError(request.context, {
    ...classify(error),
    ...(request.signal?.aborted && { kind: "aborted" as const, detail: CANCELLED }),
    origin: proxy ? `${origin} through the proxy ${proxy.label}` : origin,
    cause: error,
  });
}
