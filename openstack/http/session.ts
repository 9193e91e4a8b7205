import { setTimeout as delay } from "node:timers/promises";
import { endpointOf } from "../auth/catalog.ts";
import type { CloudConfig } from "../auth/cloud-config.ts";
import { loadCloudConfig } from "../auth/clouds-config.ts";
import type { CloudSelection } from "../auth/clouds-config.ts";
import { isServiceError, reasonOf } from "./error-body.ts";
import { discoverRange } from "./discovery.ts";
import { AuthError, HttpError, isStatus, ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import { microversionHeader, queryString } from "./request.ts";
import type { ApiRequest, ApiResponse, RequestEvent } from "./request.ts";
import { DEFAULT_RETRY, parseRetryAfter, retryDelayMs } from "./retry.ts";
import type { RetryPolicy } from "./retry.ts";
import type { ServiceType } from "../auth/service-type.ts";
import { parseToken, tokenRequest } from "../auth/token.ts";
import type { Token } from "../auth/token.ts";
import { parseJson } from "../../text/json.ts";
import { connectionsOf } from "./transport.ts";
import type { Connections, WireRequest, WireResponse } from "./transport.ts";

/** A token that ends this soon is replaced before it is used. Milliseconds. */
const EXPIRY_MARGIN_MS = 120_000;
const USER_AGENT = "openstack-live-migration";

export interface SessionOptions {
  /** @default connections of its own, closed with the session */
  connections?: Connections;
  /** Called after each try of each request, for a debug log. */
  onRequest?: (event: RequestEvent) => void;
  retry?: Partial<RetryPolicy>;
  /** Waits this many milliseconds. @default a timer */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Milliseconds since the epoch. @default the clock */
  now?: () => number;
}

/** A request that may be sent several times. */
interface Attemptable {
  context: RequestContext;
  url: string;
  headers: () => Record<string, string>;
  body: string | undefined;
  request: ApiRequest;
  repeatable?: boolean;
  /** Whether an answer that is not JSON is returned as text. */
  anyText?: boolean;
}

/** State that siblings share. */
interface Shared {
  token?: Token | undefined;
  /** By this session's clock. */
  issuedAt: number;
  pending?: Promise<Token> | undefined;
  readonly ranges: Map<ServiceType, Promise<MicroversionRange>>;
}

/**
 * The connection to one cloud: one token, renewed when it expires; the catalog's endpoints; retries of transient failures
 * where that is safe. Holds secrets, and shows none.
 */
export class Session {
  readonly config: CloudConfig;
  readonly #options: SessionOptions;
  readonly #connections: Connections;
  readonly #retry: RetryPolicy;
  readonly #now: () => number;
  readonly #shared: Shared;
  #requestCount = 0;

  /** @throws CloudConfigError if a certificate file cannot be read */
  constructor(config: CloudConfig, options: SessionOptions = {}, shared: Shared = { issuedAt: 0, ranges: new Map() }) {
    this.config = config;
    this.#options = options;
    this.#connections = options.connections ?? connectionsOf(config);
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#now = options.now ?? Date.now;
    this.#shared = shared;
  }

  /**
   * Another session with the same token, connections and known microversions, which counts its requests for itself.
   * Only the first one closes the connections.
   */
  sibling(): Session {
    return new Session(this.config, { ...this.#options, connections: this.#connections }, this.#shared);
  }

  /**
   * Finds the cloud's configuration and gets a token.
   *
   * @throws CloudConfigError, AuthError, ConnectionError
   */
  static async connect(selection: CloudSelection = {}, options: SessionOptions = {}): Promise<Session> {
    const session = new Session(await loadCloudConfig(selection), options);
    await session.#validToken();
    return session;
  }

  /** Requests sent so far, each try and those for tokens included. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** The project that the token is for; empty before the first request, and for a token of the system. */
  get projectId(): string {
    return this.#shared.token?.projectId ?? "";
  }

  /** Where a service is, by the catalog or an override. */
  async endpoint(service: ServiceType): Promise<string> {
    return endpointOf(service, this.config, (await this.#validToken()).catalog);
  }

  /**
   * Gets a new token before an operation that outlives its caller.
   *
   * @param goodForMs maximum age of the current token to keep it
   */
  async freshToken(goodForMs = 0): Promise<void> {
    if (this.#now() - this.#shared.issuedAt >= goodForMs) this.#shared.token = undefined;
    await this.#validToken();
  }

  /**
   * The microversions of a service; asked for once.
   *
   * @param oldest what it has if it does not say
   * @throws ConnectionError, NoEndpointError, ProtocolError if there is no version document
   */
  range(service: ServiceType, oldest: Microversion): Promise<MicroversionRange> {
    const { ranges } = this.#shared;
    let range = ranges.get(service);
    if (!range) {
      range = discoverRange(this, service, oldest).catch((error: unknown) => {
        // The next call may succeed.
        ranges.delete(service);
        throw error;
      });
      ranges.set(service, range);
    }
    return range;
  }

  /**
   * Sends a request to a service.
   *
   * @throws HttpError for a status of 300 and more, AuthError, NoEndpointError, ConnectionError, ProtocolError
   */
  async request(service: ServiceType, request: ApiRequest): Promise<ApiResponse> {
    const url = (await this.endpoint(service)) + request.path + queryString(request.query);
    let token = await this.#validToken();
    const attemptable: Attemptable = {
      context: { service, method: request.method, path: request.path },
      url,
      headers: () => ({ "x-auth-token": token.value.reveal(), ...microversionHeader(service, request.microversion) }),
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      request,
    };
    try {
      return await this.#sendRepeatedly(attemptable);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      // The token was revoked, or has just expired. The service did nothing, so that any method may be sent again.
      if (this.#shared.token === token) this.#shared.token = undefined;
      token = await this.#validToken();
      return await this.#sendRepeatedly(attemptable).catch((again: unknown) => {
        throw isStatus(again, 401) ? new AuthError(this.config.authUrl, again.reason, { cause: again }) : again;
      });
    }
  }

  /**
   * Reads a service's version document, which may be above the service's endpoint.
   *
   * @param url on the endpoint's own host: the token goes there, since some services hide even this without one
   * @returns with the text as its body if that is not JSON
   * @throws HttpError for a status of 400 and more, ConnectionError, ProtocolError if it broke off
   */
  async discover(service: ServiceType, url: string): Promise<ApiResponse> {
    const token = await this.#validToken();
    const request: ApiRequest = { method: "GET", path: new URL(url).pathname };
    const context = { service, method: "GET", path: request.path };
    const headers = (): Record<string, string> => ({ "x-auth-token": token.value.reveal() });
    return await this.#sendRepeatedly({ context, url, headers, body: undefined, request, anyText: true });
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    if (!this.#options.connections) await this.#connections.close();
  }

  async #validToken(): Promise<Token> {
    const shared = this.#shared;
    if (shared.token && shared.token.expiresAt - this.#now() > EXPIRY_MARGIN_MS) return shared.token;
    // Concurrent requests share one token request.
    shared.pending ??= this.#issueToken().finally(() => (shared.pending = undefined));
    const token = await shared.pending;
    if (shared.token !== token) Object.assign(shared, { token, issuedAt: this.#now() });
    return token;
  }

  async #issueToken(): Promise<Token> {
    const request: ApiRequest = { method: "POST", path: "/auth/tokens" };
    const context = { service: "identity", ...request } as const;
    const url = `${this.config.endpointOverrides.identity ?? this.config.authUrl}/auth/tokens`;
    const body = JSON.stringify(tokenRequest(this.config.auth));
    try {
      const answer = await this.#sendRepeatedly({ context, url, headers: () => ({}), body, request, repeatable: true });
      const value = answer.headers["x-subject-token"];
      if (!value) throw new ProtocolError(context, "the header X-Subject-Token is missing");
      return parseToken(answer.body, value, context);
    } catch (error) {
      // Something else than Keystone answers there, such as a gateway.
      if (isStatus(error, 404, 405)) {
        const reason = `no Keystone at ${this.config.authUrl}: is auth_url right, and is the cloud reachable from here?`;
        throw new HttpError(context, { status: error.status, reason, requestId: error.requestId });
      }
      if (!isStatus(error, 401, 403)) throw error;
      throw new AuthError(this.config.authUrl, `${error.reason} (cloud ${this.config.name})`, { cause: error });
    }
  }

  async #sendRepeatedly(what: Attemptable): Promise<ApiResponse> {
    for (let attempt = 1; ; attempt++) {
      const start = performance.now();
      const event = { service: what.context.service, method: what.context.method, url: what.url, attempt };
      const version = what.request.microversion;
      const report = (outcome: Partial<RequestEvent>): void =>
        this.#options.onRequest?.({
          ...event,
          ...(version !== undefined && { microversion: version }),
          durationMs: performance.now() - start,
          ...outcome,
        });
      try {
        const answer = await this.#sendOnce(what);
        report({ status: answer.status, ...(answer.requestId !== undefined && { requestId: answer.requestId }) });
        return answer;
      } catch (error) {
        const { method } = what.context;
        const wait = retryDelayMs({ error, method, attempt, repeatable: what.repeatable }, this.#retry, Math.random());
        report({
          error: error instanceof Error ? error.message : String(error),
          ...(error instanceof HttpError && { status: error.status }),
          ...(wait !== undefined && { retryInMs: wait }),
        });
        if (wait === undefined) throw error;
        await (this.#options.sleep ?? pause)(wait, what.request.signal);
      }
    }
  }

  async #sendOnce(what: Attemptable): Promise<ApiResponse> {
    this.#requestCount++;
    const wire: WireRequest = {
      context: what.context,
      url: what.url,
      headers: {
        accept: "application/json",
        "user-agent": USER_AGENT,
        ...(what.body !== undefined && { "content-type": "application/json" }),
        ...what.headers(),
      },
      body: what.body,
      timeoutMs: what.request.timeoutMs ?? this.config.timeouts.responseMs,
      signal: what.request.signal,
    };
    return this.#read(what, await this.#connections.send(wire));
  }

  #read({ context, anyText }: Attemptable, { status, statusText, headers, body }: WireResponse): ApiResponse {
    const requestId = headers["x-openstack-request-id"] ?? headers["x-compute-request-id"];
    // Version documents come with 300 Multiple Choices; the APIs send no other redirection.
    if (status >= 400 || (status > 300 && status < 400)) {
      const value = parseLeniently(body);
      throw new HttpError(context, {
        status,
        reason: reasonOf(value, statusText || "no reason given"),
        requestId,
        retryAfterSeconds: parseRetryAfter(headers["retry-after"], this.#now()),
        fromService: isServiceError(value),
      });
    }
    const parse = anyText === true ? parseLeniently : (text: string) => parseStrictly(text, context);
    return { status, headers, body: body.trim() === "" ? undefined : parse(body), requestId };
  }
}

const pause = async (ms: number, signal?: AbortSignal): Promise<unknown> => delay(ms, undefined, signal && { signal });

function parseLeniently(body: string): unknown {
  const value = parseJson(body);
  return value === undefined ? body : value;
}

function parseStrictly(body: string, context: RequestContext): unknown {
  const value = parseJson(body);
  // The message does not quote the body, which may hold a secret.
  if (value === undefined) throw new ProtocolError(context, `not JSON: ${body.length} characters of something else`);
  return value;
}
