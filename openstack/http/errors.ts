import type { ServiceType } from "../auth/service-type.ts";

/** What every error of this client has in common. */
export abstract class OpenStackError extends Error {
  /**
   * Whether the request may have taken effect although it failed. True only for requests that change something: the caller
   * must look before it repeats them.
   */
  readonly ambiguous: boolean;

  protected constructor(message: string, options: { cause?: unknown; ambiguous?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.ambiguous = options.ambiguous ?? false;
  }
}

/** Which request went wrong. `path` is below the service's endpoint. */
export interface RequestContext {
  service: ServiceType;
  method: string;
  path: string;
}

/** @example "compute GET /servers" */
export const describe = ({ service, method, path }: RequestContext): string => `${service} ${method} ${path}`;

/** Whether a request of this method changes nothing, so that repeating it does no harm. */
export const isSafeMethod = (method: string): boolean => method === "GET" || method === "HEAD";

/** A request failed. */
abstract class RequestError extends OpenStackError {
  readonly service: ServiceType;
  readonly method: string;

  protected constructor(context: RequestContext, problem: string, options: { cause?: unknown; ambiguous?: boolean }) {
    super(`${describe(context)}: ${problem}`, options);
    this.service = context.service;
    this.method = context.method;
  }
}

/** The service answered with an error status. */
export class HttpError extends RequestError {
  readonly status: number;
  /** The service's own id of the request (`req-…`): what an operator greps the logs for. */
  readonly requestId: string | undefined;
  /** What the service gives as the reason, without its wrapping. */
  readonly reason: string;
  /** How long the service asks to be left alone, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the body is an error as services write it, and not that of a gateway, a load balancer or a portal. */
  readonly fromService: boolean;

  constructor(
    context: RequestContext,
    answer: {
      status: number;
      reason: string;
      requestId?: string | undefined;
      retryAfterSeconds?: number | undefined;
      fromService?: boolean;
    },
  ) {
    const id = answer.requestId ? ` (${answer.requestId})` : "";
    super(context, `${answer.status} ${answer.reason}${id}`, {
      ambiguous: answer.status >= 500 && !isSafeMethod(context.method),
    });
    this.status = answer.status;
    this.requestId = answer.requestId;
    this.reason = answer.reason;
    this.retryAfterSeconds = answer.retryAfterSeconds;
    this.fromService = answer.fromService ?? false;
  }
}

/** Keystone refused the credentials, or a service refused a token that Keystone had just issued. */
export class AuthError extends OpenStackError {
  constructor(authUrl: string, reason: string, options: { cause?: unknown } = {}) {
    super(`not authorised at ${authUrl}: ${reason}`, options);
  }
}

/** The catalog has no endpoint of this service for the region and interface wanted. */
export class NoEndpointError extends OpenStackError {
  readonly problem: string;
  readonly fix: string;

  constructor({ problem, fix }: { problem: string; fix: string }) {
    super(`${problem}. Fix: ${fix}`);
    this.problem = problem;
    this.fix = fix;
  }
}

export type ConnectionErrorKind = "refused" | "unreachable" | "timeout" | "reset" | "tls" | "dns" | "aborted" | "other";

/** No answer came: the service could not be reached, or the connection broke. */
export class ConnectionError extends RequestError {
  readonly kind: ConnectionErrorKind;
  /** Whether it is certain that the service never saw the request. */
  readonly neverSent: boolean;
  /** The proxy that failed, such as `http://proxy.example.org:3128 (https_proxy)`; unset if it was not a proxy. */
  readonly proxy: string | undefined;

  /** @param failure `detail` is about the proxy, if there is one */
  constructor(
    context: RequestContext,
    failure: {
      kind: ConnectionErrorKind;
      origin: string;
      detail: string;
      neverSent: boolean;
      proxy?: string;
      cause?: unknown;
    },
  ) {
    const { origin, detail, proxy, cause, neverSent } = failure;
    super(context, proxy === undefined ? `no answer from ${origin}: ${detail}` : `the proxy ${proxy} ${detail}`, {
      cause,
      ambiguous: !neverSent && !isSafeMethod(context.method),
    });
    this.kind = failure.kind;
    this.neverSent = neverSent;
    this.proxy = proxy;
  }
}

/** The answer is not one that the API promises: half of it, not JSON, or a field of the wrong kind. */
export class ProtocolError extends RequestError {
  constructor(context: RequestContext, problem: string, options: { cause?: unknown } = {}) {
    super(context, `unusable answer: ${problem}`, { ...options, ambiguous: !isSafeMethod(context.method) });
  }
}

/** The answer lacks what is needed: a part of the cloud did not contribute to it. */
export class PartialAnswerError extends RequestError {
  constructor(context: RequestContext, problem: string) {
    super(context, problem, {});
  }
}

/** Whether this is an error status of the given number. */
export const isStatus = (error: unknown, ...statuses: number[]): error is HttpError =>
  error instanceof HttpError && statuses.includes(error.status);

/** Whether the service itself says that there is no such thing: a 404 of something else that answers there proves nothing. */
export const isNotFound = (error: unknown): error is HttpError => isStatus(error, 404) && error.fromService;
