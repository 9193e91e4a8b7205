import { EnvHttpProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import type { CloudConfig } from "./cloud-config.ts";
import { ProtocolError } from "./errors.ts";
import { classify } from "./network-failure.ts";
import type { Proxies } from "./proxies.ts";
import { TEXTS } from "./texts.ts";
import { connectionError, CONNECTIONS, single, type Connections, type WireRequest } from "./wire.ts";

/** Connections through the environment's proxies. In a module of its own: undici takes its time to load. */
export function proxied(config: CloudConfig, tls: object, { http, https, none }: Proxies): Connections {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: config.timeouts.connectMs, ...tls },
    connections: CONNECTIONS,
    requestTls: tls,
    httpProxy: http,
    httpsProxy: https,
    noProxy: none,
  });
  return {
    send: async (request) => await send(dispatcher, request),
    close: () => dispatcher.close(),
  };
}

/** A proxy's own "no" is an aborted request to undici, though nobody aborted it. */
function refused({ signal }: WireRequest, error: unknown): Error | undefined {
  if (signal?.aborted === true || !(error instanceof Error) || error.name !== "AbortError") return undefined;
  return Object.assign(new Error(error.message), { code: "ERR_PROXY_TUNNEL" });
}

async function send(dispatcher: Dispatcher, request: WireRequest) {
  const url = new URL(request.url);
  let response: Dispatcher.ResponseData;
  try {
    response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.context.method,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.timeoutMs,
      signal: request.signal ?? null,
    });
  } catch (error) {
    throw connectionError(request, refused(request, error) ?? error);
  }
  try {
    return { status: response.statusCode, headers: single(response.headers), body: await response.body.text() };
  } catch (error) {
    const { kind } = classify(error);
    if (kind === "timeout" || request.signal?.aborted === true) throw connectionError(request, error, true);
    throw new ProtocolError(request.context, TEXTS["broke-off"](response.statusCode), { cause: error });
  }
}
