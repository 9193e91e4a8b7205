import type * as z from "zod/mini";
import { read } from "./answer.ts";
import { isNotFound } from "./errors.ts";
import { atLeast, pick } from "./microversion.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import { collect, type ListOptions, type Source } from "./paging.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import type { ServiceType } from "../auth/service-type.ts";

type Options = Omit<ApiRequest, "method" | "path">;

/** A service with microversions: discovers them once, and sends each request with the newest suitable one. */
export class VersionedClient {
  readonly #source: Source;
  readonly #service: ServiceType;
  readonly #oldest: Microversion;
  readonly #newest: Microversion;

  /**
   * @param oldest what the service has if it does not say
   * @param newest the newest version whose answers the caller has been written for
   */
  constructor(source: Source, service: ServiceType, oldest: Microversion, newest: Microversion) {
    this.#source = source;
    this.#service = service;
    this.#oldest = oldest;
    this.#newest = newest;
  }

  /** The microversions of this cloud; asked for once. */
  range(): Promise<MicroversionRange> {
    return this.#source.session.range(this.#service, this.#oldest);
  }

  /** The newest version up to `wanted`; on a cloud that begins later, its oldest. */
  async version(wanted: Microversion = this.#newest): Promise<Microversion> {
    const range = await this.range();
    return pick(range, wanted) ?? range.min;
  }

  /**
   * Makes sure that the cloud has a version.
   *
   * @param what what only this version and newer ones do
   * @throws RangeError if it has not
   */
  async need(version: Microversion, what: string): Promise<void> {
    const { max } = await this.range();
    if (!atLeast(max, version)) throw new RangeError(`${this.#service} ${max}: only ${version} and newer ${what}`);
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    const microversion = request.microversion ?? (await this.version());
    return await this.#source.session.request(this.#service, { ...request, microversion });
  }

  async get<S extends z.ZodMiniType>(path: string, schema: S, options: Options = {}): Promise<z.output<S>> {
    const { body } = await this.send({ ...options, method: "GET", path });
    return read(schema, body, { service: this.#service, method: "GET", path });
  }

  /** The same, or undefined on 404. */
  async find<S extends z.ZodMiniType>(
    path: string,
    schema: S,
    options: Options = {},
  ): Promise<z.output<S> | undefined> {
    return await this.get(path, schema, options).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** All pages of a collection; `key` is the list's name in the answer. */
  async collect<S extends z.ZodMiniType>(
    path: string,
    key: string,
    schema: S,
    { skipped, limit, ...options }: Options & ListOptions = {},
  ): Promise<z.output<S>[]> {
    const microversion = options.microversion ?? (await this.version());
    const request: ApiRequest = { ...options, method: "GET", path, microversion };
    return collect(this.#source, this.#service, request, key, schema, { ...(skipped && { skipped }), limit });
  }
}
