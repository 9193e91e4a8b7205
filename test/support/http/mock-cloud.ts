import { STATUS_CODES } from "node:http";
import { setImmediate } from "node:timers/promises";
import type { CloudConfig } from "../../../openstack/auth/cloud-config.ts";
import { cloudOf } from "../../../openstack/cloud.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import type { MicroversionRange } from "../../../openstack/http/microversion.ts";
import type { RequestEvent } from "../../../openstack/http/request.ts";
import type { RetryPolicy } from "../../../openstack/http/retry.ts";
import { NotConnected } from "../../../openstack/http/network-failure.ts";
import { Secret } from "../../../openstack/auth/secret.ts";
import type { ServiceType } from "../../../openstack/auth/service-type.ts";
import { Session } from "../../../openstack/http/session.ts";
import {
  connectionError,
  type Connections,
  type WireRequest,
  type WireResponse,
} from "../../../openstack/http/transport.ts";

/** A request as the mock cloud saw it. */
export interface MockCall {
  service: ServiceType;
  method: string;
  /** Below the service's endpoint. */
  path: string;
  query: URLSearchParams;
  /** Parsed JSON. */
  body: unknown;
  /** Names in lower case. */
  headers: Record<string, string>;
}

/** What the mock cloud answers: JSON, text as it is, or a connection that fails with this code. */
export interface MockAnswer {
  /** @default 200 */
  status?: number;
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
  /** Such as `ECONNRESET`; see network-failure.ts. */
  fail?: string;
}

export type MockReply = MockAnswer | ((call: MockCall) => MockAnswer);

export interface MockCloudOptions {
  /** @default compute 2.1–2.93, block-storage 3.0–3.70, placement 1.0–1.39: those of Zed */
  microversions?: Partial<Record<ServiceType, MicroversionRange>>;
  /** @default ["admin", "member", "reader"] */
  roles?: string[];
  /** How long each token lasts, milliseconds. @default one hour */
  tokenLifeMs?: number;
  now?: () => number;
  retry?: Partial<RetryPolicy>;
  config?: Partial<CloudConfig>;
  /** Put before the entries of the catalog, and before each entry's endpoints. */
  oddCatalog?: { entries: unknown[]; endpoints: unknown[] };
  /** Comes instead of the documents at a version's URL, such as `/v2.1/`. */
  versionDocument?: MockAnswer;
}

/** Codes of connections that were never made. */
const BEFORE_CONNECTED = new Set(["ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED"]);

interface Route {
  service: ServiceType;
  method: string;
  path: string;
  query: URLSearchParams;
  replies: MockReply[];
  used: number;
}

export const MOCK_PROJECT = "0c68eaedee9b4c48a2516c7c6428c922";
export const MOCK_USER = "dea40b55ea28499daaa4dbba27b1d1af";
export const MOCK_PASSWORD = "mock-pass-5bd8";
/** Tokens are this and a number that counts them. */
export const MOCK_TOKEN = "mock-token-740225-";

const ENDPOINTS: Readonly<Record<ServiceType, string>> = {
  identity: "http://identity.test:5000/v3",
  compute: "http://compute.test:8774/v2.1",
  "block-storage": `http://block-storage.test:8776/v3/${MOCK_PROJECT}`,
  placement: "http://placement.test:8778",
  network: "http://network.test:9696",
  image: "http://image.test:9292",
};

const MICROVERSIONS: Partial<Record<ServiceType, MicroversionRange>> = {
  compute: { min: "2.1", max: "2.93" },
  "block-storage": { min: "3.0", max: "3.70" },
  placement: { min: "1.0", max: "1.39" },
};

const isSubset = (wanted: URLSearchParams, given: URLSearchParams): boolean =>
  [...wanted].every(([name, value]) => given.getAll(name).includes(value));

/** A cloud made of scripted answers. Keystone and the version documents are there already; any other call must be scripted. */
export class MockCloud {
  readonly calls: MockCall[] = [];
  readonly events: RequestEvent[] = [];
  /** Waits before repeated requests, milliseconds; none of them is really waited. */
  readonly waits: number[] = [];
  /** What was reported of entries that could not be read. */
  readonly skipped: string[] = [];
  /** Calls that nothing was scripted for. */
  readonly unexpected: string[] = [];
  /** Changes scripted answers. @default none */
  change: (call: MockCall, answer: MockAnswer) => MockAnswer = (_, answer) => answer;
  readonly config: CloudConfig;
  readonly cloud: Cloud;
  readonly session: Session;
  readonly connections: Connections = { send: (request) => this.#send(request), close: () => Promise.resolve() };
  readonly #routes: Route[] = [];
  readonly #options: MockCloudOptions;
  #tokens = 0;

  constructor(options: MockCloudOptions = {}) {
    this.#options = options;
    this.config = {
      name: "mock",
      source: "a test",
      region: "RegionOne",
      interfaces: ["public"],
      auth: {
        type: "password",
        user: { name: "admin", domain: { id: "default" } },
        password: new Secret(MOCK_PASSWORD),
        scope: { project: { id: MOCK_PROJECT } },
      },
      authUrl: ENDPOINTS.identity,
      tls: { verify: true },
      endpointOverrides: {},
      services: {},
      timeouts: { connectMs: 1000, responseMs: 1000 },
      ...options.config,
    };
    this.session = new Session(this.config, {
      connections: this.connections,
      onRequest: (event) => void this.events.push(event),
      sleep: (ms) => Promise.resolve(this.waits.push(ms)),
      ...(options.now && { now: options.now }),
      ...(options.retry && { retry: options.retry }),
    });
    this.cloud = cloudOf(this.session, { onSkipped: (message) => void this.skipped.push(message) });
  }

  /**
   * Scripts the answers to a call: one each time it comes, the last one from then on.
   *
   * @param call method and path below the endpoint; a query must be contained in the request's. The call that was
   *   scripted last wins.
   * @example cloud.answer("compute", "GET /servers/f00", { body: { server } }, { status: 404 })
   */
  answer(service: ServiceType, call: string, ...replies: MockReply[]): this {
    const [method = "", target = ""] = call.split(" ");
    const [path = "", query] = target.split("?");
    this.#routes.unshift({ service, method, path, query: new URLSearchParams(query), replies, used: 0 });
    return this;
  }

  /** The calls of a service, such as `GET /servers/f00?x=1`, tokens and version documents left out. */
  log(service?: ServiceType): string[] {
    return this.calls
      .filter((call) => service === undefined || call.service === service)
      .map(({ method, path, query }) => `${method} ${path}${query.size > 0 ? `?${query.toString()}` : ""}`)
      .filter((line) => line !== "POST /auth/tokens");
  }

  /** Throws if there were calls that nothing was scripted for: the code under test may have swallowed the error. */
  verify(): void {
    if (this.unexpected.length > 0) throw new Error(`unexpected calls:\n${this.unexpected.join("\n")}`);
  }

  async #send(request: WireRequest): Promise<WireResponse> {
    const url = new URL(request.url);
    const services = Object.keys(ENDPOINTS) as ServiceType[];
    const service = services.find((one) => new URL(ENDPOINTS[one]).origin === url.origin);
    if (service === undefined) throw new Error(`the mock cloud has no ${url.origin}`);
    const base = new URL(ENDPOINTS[service]).pathname.replace(/\/$/, "");
    const answer = this.#isVersionDocument(service, url)
      ? (url.pathname !== "/" && this.#options.versionDocument) || this.#versions(service)
      : this.#reply({
          service,
          method: request.context.method,
          path: url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname,
          query: url.searchParams,
          body: request.body === undefined ? undefined : JSON.parse(request.body),
          headers: request.headers,
        });
    // As over a network: later.
    await setImmediate();
    if (request.signal?.aborted) throw connectionError(request, request.signal.reason);
    const { status = 200, headers = {}, text, body, fail } = answer;
    if (fail !== undefined) {
      const error = Object.assign(new Error(`mock ${fail}`), { code: fail });
      throw connectionError(request, BEFORE_CONNECTED.has(fail) ? new NotConnected(error) : error);
    }
    // A service's own 404 is JSON; with `text`, something else answers.
    const json = body ?? (status === 404 ? { itemNotFound: { message: "mock: no such thing" } } : undefined);
    return {
      status,
      statusText: STATUS_CODES[status] ?? "",
      headers,
      body: text ?? (json === undefined ? "" : JSON.stringify(json)),
    };
  }

  #isVersionDocument(service: ServiceType, url: URL): boolean {
    return this.#range(service) !== undefined && /^\/(v[\d.]+\/)?$/.test(url.pathname);
  }

  #range(service: ServiceType): MicroversionRange | undefined {
    return this.#options.microversions?.[service] ?? MICROVERSIONS[service];
  }

  #versions(service: ServiceType): MockAnswer {
    const { min, max } = this.#range(service) ?? { min: "1.0", max: "1.0" };
    return { body: { versions: [{ id: "v", version: max, min_version: min }] } };
  }

  #reply(call: MockCall): MockAnswer {
    this.calls.push(call);
    const route = this.#routes.find(
      ({ service, method, path, query }) =>
        service === call.service && method === call.method && path === call.path && isSubset(query, call.query),
    );
    const reply = route?.replies[Math.min(route.used++, route.replies.length - 1)];
    if (reply !== undefined) return this.change(call, typeof reply === "function" ? reply(call) : reply);
    if (call.service === "identity" && call.path === "/auth/tokens") return this.#token();
    const line = `${call.service} ${call.method} ${call.path}?${call.query.toString()}`;
    this.unexpected.push(line);
    throw new Error(`the mock cloud has no answer to ${line}`);
  }

  #token(): MockAnswer {
    const life = this.#options.tokenLifeMs ?? 3_600_000;
    const now = (this.#options.now ?? Date.now)();
    const odd = this.#options.oddCatalog ?? { entries: [], endpoints: [] };
    const catalog = (Object.keys(ENDPOINTS) as ServiceType[]).map((type) => ({
      type,
      endpoints: [...odd.endpoints, { region_id: "RegionOne", interface: "public", url: ENDPOINTS[type] }],
    }));
    const token = {
      expires_at: new Date(now + life).toISOString(),
      user: { id: MOCK_USER },
      project: { id: MOCK_PROJECT },
      roles: (this.#options.roles ?? ["admin", "member", "reader"]).map((name) => ({ name })),
      catalog: [...odd.entries, ...catalog],
    };
    this.#tokens++;
    return { status: 201, headers: { "x-subject-token": `${MOCK_TOKEN}${this.#tokens}` }, body: { token } };
  }
}

/** A cloud made of scripted answers, for one test. */
export const mockCloud = (options?: MockCloudOptions): MockCloud => new MockCloud(options);

/** Nova's way to fail. */
export const fails = (status: number, message: string): MockAnswer => ({
  status,
  body: { fault: { code: status, message } },
  headers: { "x-openstack-request-id": "req-x" },
});

/** The changes that were asked for. */
export const posts = (mock: MockCloud) => mock.log().filter((line) => line.startsWith("POST "));
