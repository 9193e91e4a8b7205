import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { AgentOptions } from "node:https";
import { http, https, tls } from "./builtins.ts";
import type { TIMEOUT_CODES } from "./network-failure.ts";
import {
  answered,
  connectionError,
  CONNECTIONS,
  type Connections,
  type WireRequest,
  type WireResponse,
} from "./wire.ts";

/** One that is not used for so long is closed, before its service or what stands in between does so. Milliseconds. */
const IDLE_MS = 4_000;

/** What `tls.connect` is told of certificates. */
export interface TlsSettings {
  rejectUnauthorized: boolean;
  ca?: string | string[];
  cert?: string;
  key?: string;
}

/**
 * Connections to the cloud itself, by Node's own http, kept alive.
 *
 * @param settings asked for where a first request goes by https
 */
export function direct(connectMs: number, settings: () => TlsSettings): Connections {
  const options = { keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS };
  const plain = new (http().Agent)(options);
  let secure: Agent | undefined;
  const secured = (): Agent => {
    const { rejectUnauthorized, ...certificates } = settings();
    // Made once, and not for each connection: a system has more than a hundred certificate authorities.
    const secureContext = tls().createSecureContext(certificates);
    const secureOptions: AgentOptions = { ...options, rejectUnauthorized, secureContext };
    return new (https().Agent)(secureOptions);
  };
  const agentFor = (request: WireRequest): Agent => {
    if (!isSecure(request)) return plain;
    try {
      return (secure ??= secured());
    } catch (error) {
      // A certificate or key that is none.
      throw connectionError(request, error);
    }
  };
  const open = new Set<ClientRequest>();
  let closed = false;
  return {
    async send(request) {
      if (closed) throw connectionError(request, closing());
      return await exchange(request, agentFor(request), connectMs, open);
    },
    close() {
      closed = true;
      // Those that wait for a connection would still get one.
      for (const outgoing of open) outgoing.destroy(closing());
      plain.destroy();
      secure?.destroy();
      return Promise.resolve();
    },
  };
}

const isSecure = ({ url }: WireRequest) => new URL(url).protocol === "https:";
const closing = () => Object.assign(new Error("closed"), { code: "ABORT_ERR" });

/** @param open where the request is while it is under way */
async function exchange(
  request: WireRequest,
  agent: Agent,
  connectMs: number,
  open: Set<ClientRequest>,
): Promise<WireResponse> {
  const { context, url, headers, body, signal } = request;
  const { request: send } = isSecure(request) ? https() : http();
  let connected = false;
  const begin = async () => {
    const outgoing = send(url, { agent, method: context.method, headers, ...(signal && { signal }) });
    open.add(outgoing);
    outgoing.once("close", () => open.delete(outgoing));
    inTime(outgoing, connectMs, request.timeoutMs, () => {
      connected = true;
    });
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).on("error", reject).end(body);
    });
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: () => textOf(incoming) };
  };
  return await answered(request, begin, () => connected);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  incoming.setEncoding("utf8");
  for await (const chunk of incoming) text += chunk as string;
  return text;
}

/**
 * Ends a request whose connection, answer, or next part of its answer does not come in time. What waits for one of the
 * connections to be free has all the time that the others take.
 *
 * @param connected called once it may go out
 */
function inTime(outgoing: ClientRequest, connectMs: number, answerMs: number, connected: () => void): void {
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
    connected();
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
