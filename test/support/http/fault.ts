import type { ServiceType } from "../../../openstack/auth/service-type.ts";

/** A request that goes through the fault proxy. */
export interface ProxiedRequest {
  method: string;
  /** Unset before the proxy has seen a catalog. */
  service: ServiceType | undefined;
  /** With the service's own prefix, such as `/v2.1/servers/f00`; without the query. */
  path: string;
  query: string;
}

/** Which requests go wrong. Everything left out matches. */
export interface FaultMatch {
  method?: string;
  service?: ServiceType;
  /** Found anywhere in the path, unless it is a regular expression. */
  path?: string | RegExp;
  /** The first match that goes wrong. @default 1 */
  nth?: number;
  /** How many of them do, one after the other. @default 1 */
  times?: number;
}

/**
 * What goes wrong:
 * - `answer`: this comes instead of the service's answer, such as 429 with `retry-after` or 502; the service never sees
 *   the request, unless `when` is "after": then it has acted on it
 * - `cut`: the connection breaks, before the service sees the request or after it has acted on it
 * - `half`: the service acts, but only half of its answer comes through
 * - `garbage`: the service acts, and its answer is replaced by text that is no JSON
 * - `delay`: it takes this long, before the service sees the request or after it has acted on it
 * - `nothing`: nothing; for {@link Fault.onHit}
 */
export type FaultAction =
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: unknown; when?: "before" | "after" }
  | { kind: "cut"; when: "before" | "after" }
  | { kind: "half" }
  | { kind: "garbage"; text?: string }
  | { kind: "delay"; ms: number; when: "before" | "after" }
  | { kind: "nothing" };

/** A fault that a test has set up. */
export interface Fault {
  match: FaultMatch;
  action: FaultAction;
  /** Called when a request is about to go wrong, before the service sees it: to kill something at that moment. */
  onHit?: (request: ProxiedRequest) => void | Promise<void>;
  /** Called when the service has acted, before anything of its answer comes through; its headers are in lower case. */
  onAnswered?: (request: ProxiedRequest, headers: Record<string, string | string[]>) => void | Promise<void>;
}

const matches = ({ match }: Fault, request: ProxiedRequest): boolean =>
  (match.method === undefined || match.method === request.method) &&
  (match.service === undefined || match.service === request.service) &&
  (match.path === undefined ||
    (typeof match.path === "string" ? request.path.includes(match.path) : match.path.test(request.path)));

/** The faults of a proxy, and how often each has matched. */
export class FaultPlan {
  #armed: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The first fault that hits this request. Every fault that matches counts it, hit or not. */
  next(request: ProxiedRequest): Fault | undefined {
    let hit: Fault | undefined;
    for (const armed of this.#armed) {
      if (!matches(armed.fault, request)) continue;
      armed.seen++;
      const { nth = 1, times = 1 } = armed.fault.match;
      if (armed.seen >= nth && armed.seen < nth + times) hit ??= armed.fault;
    }
    return hit;
  }
}
