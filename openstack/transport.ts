import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { http, https, tls } from "./builtins.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { ConnectionError, ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import { classify, TIMEOUT_CODES } from "./network-failure.ts";
import { TEXTS } from "./texts.ts";
import { readTlsFiles } from "./tls-files.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  context: RequestContext;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Longest wait for the answer, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** The answer, read to its end. Header names are in lower case. */
export interface WireResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The way to one cloud. */
export interface Connections {
  /**
   * Sends one request once and reads the whole answer, whatever its status.
   *
   * @throws ConnectionError if no answer came
   * @throws ProtocolError if the answer broke off
   */
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/** To one service at a time; what else is asked of it waits. */
const CONNECTIONS = 8;
/** One that is not used for so long is closed, before its service or what stands in between does so. Milliseconds. */
const IDLE_MS = 4_000;

/** Node trusts its own list only; an operator's certificate authority is usually in the system's. */
function systemCertificates(): string[] {
  const { getCACertificates } = tls();
  return [...getCACertificates("default"), ...getCACertificates("system")];
}

/**
 * Makes the connections of one cloud: kept alive, through the proxies of the environment, with its TLS settings.
 *
 * @throws CloudConfigError if a certificate file cannot be read
 */
export function connectionsOf(config: CloudConfig, env: NodeJS.ProcessEnv = process.env): Connections {
  const { tls: settings, timeouts } = config;
  const files = readTlsFiles(settings, `${config.source}: ${config.name}`);
  const options = { keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS, proxyEnv: proxies(env) };
  const plain = new (http().Agent)(options);
  let secure: Agent | undefined;
  const secured = (): Agent => {
    const ca = settings.verify && files.ca === undefined && { ca: systemCertificates() };
    return new (https().Agent)({ ...options, rejectUnauthorized: settings.verify, ...ca, ...files });
  };
  return {
    async send(request) {
      const url = new URL(request.url);
      const isSecure = url.protocol === "https:";
      return await exchange(request, url, isSecure ? (secure ??= secured()) : plain, timeouts.connectMs);
    },
    close() {
      plain.destroy();
      secure?.destroy();
      return Promise.resolve();
    },
  };
}

/** As everywhere: what is in lower case comes first. */
const proxies = (env: NodeJS.ProcessEnv) => ({
  http_proxy: env["http_proxy"] ?? env["HTTP_PROXY"],
  https_proxy: env["https_proxy"] ?? env["HTTPS_PROXY"],
  no_proxy: env["no_proxy"] ?? env["NO_PROXY"],
});

async function exchange(request: WireRequest, url: URL, agent: Agent, connectMs: number): Promise<WireResponse> {
  const { context, headers, body, signal } = request;
  const { request: begin } = url.protocol === "https:" ? https() : http();
  let incoming: IncomingMessage;
  try {
    const outgoing = begin(url, {
      agent,
      method: context.method,
      headers,
      timeout: connectMs,
      ...(signal && { signal }),
    });
    inTime(outgoing, connectMs, request.timeoutMs);
    incoming = await new Promise((resolve, reject) => {
      outgoing.once("response", resolve).on("error", reject).end(body);
    });
  } catch (error) {
    throw connectionError(request, error);
  }
  const status = incoming.statusCode ?? 0;
  try {
    return { status, headers: single(incoming.headers), body: await textOf(incoming) };
  } catch (error) {
    const { kind } = classify(error);
    if (kind === "timeout" || signal?.aborted === true) throw connectionError(request, error);
    throw new ProtocolError(context, TEXTS["broke-off"](status), { cause: error });
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  incoming.setEncoding("utf8");
  for await (const chunk of incoming) text += chunk as string;
  return text;
}

/** Ends a request whose connection, answer, or next part of its answer does not come in time. */
function inTime(outgoing: ClientRequest, connectMs: number, answerMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const allow = (
    ms: number,
    code: (typeof TIMEOUT_CODES)[number],
    late: { destroy(error: Error): void } = outgoing,
  ) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      late.destroy(Object.assign(new Error(code), { code }));
    }, ms);
  };
  const answer = () => {
    allow(answerMs, "HEADERS_TIMEOUT");
  };
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) {
      answer();
      return;
    }
    allow(connectMs, "CONNECT_TIMEOUT");
    socket.once(outgoing.protocol === "https:" ? "secureConnect" : "connect", answer);
  });
  outgoing.once("response", (incoming) => {
    allow(answerMs, "BODY_TIMEOUT", incoming);
    incoming.on("readable", () => {
      timer?.refresh();
    });
  });
  outgoing.once("close", () => {
    clearTimeout(timer);
  });
}

const single = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );

/** What is told of a request that got no answer. */
export function connectionError(request: WireRequest, error: unknown): ConnectionError {
  const aborted = request.signal?.aborted === true && { kind: "aborted" as const, detail: TEXTS["given-up"]() };
  return new ConnectionError(request.context, {
    ...classify(error),
    ...aborted,
    origin: new URL(request.url).origin,
    cause: error,
  });
}
