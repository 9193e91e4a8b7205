import type { Microversion } from "./microversion.ts";
import type { ServiceType } from "../auth/service-type.ts";

type QueryValue = string | number | boolean;

/** A request to a service, as the callers of the session write it. */
export interface ApiRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the service's endpoint, starting with a slash; ids in it encoded by `segment` (text/url.ts). */
  path: string;
  query?: Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>> | undefined;
  /** Sent as JSON. */
  body?: unknown;
  microversion?: Microversion;
  /** Longest wait for the answer, milliseconds. @default the cloud's `api_timeout` */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** A successful answer. */
export interface ApiResponse {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined if there was none. */
  body: unknown;
  /** The service's own id of the request (`req-…`). */
  requestId: string | undefined;
}

/** What happened on the wire, for a debug log. Holds no secret: neither headers nor bodies. */
export interface RequestEvent {
  service: ServiceType;
  method: string;
  url: string;
  microversion?: Microversion;
  /** The try, from 1. */
  attempt: number;
  /** Unset if no answer came. */
  status?: number;
  requestId?: string;
  error?: string;
  durationMs: number;
  /** Set if the request will be sent again after this long. */
  retryInMs?: number;
}

/** `?a=1&b=2&b=3`, or nothing. Undefined values are left out. */
export function queryString(query: ApiRequest["query"] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as readonly QueryValue[]) : [value as QueryValue | undefined]).flatMap((item) =>
      item === undefined ? [] : [[key, String(item)] as [string, string]],
    ),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

/** The name of each service in the microversion header. */
const MICROVERSION_NAMES: Partial<Record<ServiceType, string>> = {
  compute: "compute",
  "block-storage": "volume",
  placement: "placement",
};

export function microversionHeader(service: ServiceType, version: Microversion | undefined): Record<string, string> {
  const name = MICROVERSION_NAMES[service];
  return name === undefined || version === undefined ? {} : { "openstack-api-version": `${name} ${version}` };
}
