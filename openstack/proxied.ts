import { EnvHttpProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import type { CloudConfig } from "./cloud-config.ts";
import type { Proxies } from "./proxies.ts";
import { answered, CONNECTIONS, type Connections, type WireRequest, type WireResponse } from "./wire.ts";

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

async function send(dispatcher: Dispatcher, request: WireRequest): Promise<WireResponse> {
  const { origin, pathname, search } = new URL(request.url);
  const begin = async () => {
    const { statusCode, headers, body } = await dispatcher
      .request({
        origin,
        path: pathname + search,
        method: request.context.method,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: request.timeoutMs,
        bodyTimeout: request.timeoutMs,
        signal: request.signal ?? null,
      })
      .catch((error: unknown) => {
        throw refused(request, error) ?? error;
      });
    return { status: statusCode, headers, text: () => body.text() };
  };
  // undici does not tell when a connection is made: by the error alone.
  return await answered(request, begin, () => false);
}
