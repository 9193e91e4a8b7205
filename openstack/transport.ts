import { getCACertificates } from "node:tls";
import { Agent, EnvHttpProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import type { CloudConfig } from "./cloud-config.ts";
import { ConnectionError, ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import { classify } from "./network-failure.ts";
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

/** Node trusts its own list only; an operator's certificate authority is usually in the system's. */
const systemCertificates = (): string[] => [...getCACertificates("default"), ...getCACertificates("system")];

/**
 * Makes the connections of one cloud: kept alive, through the proxies of the environment, with its TLS settings.
 *
 * @throws CloudConfigError if a certificate file cannot be read
 */
export function createDispatcher(config: CloudConfig, env: NodeJS.ProcessEnv = process.env): Dispatcher {
  const files = readTlsFiles(config.tls, `${config.source}: ${config.name}`);
  const secure = config.authUrl.startsWith("https:");
  const tls = {
    rejectUnauthorized: config.tls.verify,
    ...(secure && config.tls.verify && files.ca === undefined && { ca: systemCertificates() }),
    ...files,
  };
  const options = { connect: { timeout: config.timeouts.connectMs, ...tls }, connections: 8 };
  const httpProxy = env["http_proxy"] ?? env["HTTP_PROXY"] ?? "";
  const httpsProxy = env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "";
  const noProxy = env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  // undici would send https through http_proxy if there is no other; nobody else does.
  if (httpsProxy === "" && (secure || httpProxy === "")) return new Agent(options);
  return new EnvHttpProxyAgent({ ...options, requestTls: tls, httpProxy, httpsProxy, noProxy });
}

const single = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );

function connectionError(request: WireRequest, error: unknown): ConnectionError {
  const aborted = request.signal?.aborted === true && { kind: "aborted" as const, detail: TEXTS["given-up"]() };
  return new ConnectionError(request.context, {
    ...classify(error),
    ...aborted,
    origin: new URL(request.url).origin,
    cause: error,
  });
}

/**
 * Sends one request once and reads the whole answer, whatever its status.
 *
 * @throws ConnectionError if no answer came
 * @throws ProtocolError if the answer broke off
 */
export async function send(dispatcher: Dispatcher, request: WireRequest): Promise<WireResponse> {
  const url = new URL(request.url);
  let response: Dispatcher.ResponseData;
  try {
    response = await dispatcherRequest(dispatcher, url, request);
  } catch (error) {
    throw connectionError(request, error);
  }
  try {
    return { status: response.statusCode, headers: single(response.headers), body: await response.body.text() };
  } catch (error) {
    const { kind } = classify(error);
    if (kind === "timeout" || request.signal?.aborted === true) throw connectionError(request, error);
    throw new ProtocolError(request.context, TEXTS["broke-off"](response.statusCode), { cause: error });
  }
}

async function dispatcherRequest(dispatcher: Dispatcher, url: URL, request: WireRequest) {
  return dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.context.method,
    headers: request.headers,
    body: request.body ?? null,
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
    signal: request.signal ?? null,
  });
}
