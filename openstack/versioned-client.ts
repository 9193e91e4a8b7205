import { JsonReader } from "./json-reader.ts";
import { atLeast, pick } from "./microversion.ts";
import type { Microversion, MicroversionRange } from "./microversion.ts";
import { collect } from "./paging.ts";
import type { ApiRequest } from "./request.ts";
import type { Session } from "./session.ts";
import type { ServiceType } from "./service-type.ts";

type Options = Omit<ApiRequest, "method" | "path">;

/** One service with microversions: asks once which it has, and sends each request with the newest that suits. */
export class VersionedClient {
  readonly #session: Session;
  readonly #service: ServiceType;
  readonly #oldest: Microversion;
  readonly #newest: Microversion;

  /**
   * @param oldest what the service has if it does not say
   * @param newest the newest version whose answers the caller has been written for
   */
  constructor(session: Session, service: ServiceType, oldest: Microversion, newest: Microversion) {
    this.#session = session;
    this.#service = service;
    this.#oldest = oldest;
    this.#newest = newest;
  }

  /** The microversions of this cloud; asked for once. */
  range(): Promise<MicroversionRange> {
    return this.#session.range(this.#service, this.#oldest);
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

  async send(request: ApiRequest): Promise<{ reader: JsonReader; requestId: string | undefined }> {
    const microversion = request.microversion ?? (await this.version());
    const answer = await this.#session.request(this.#service, { ...request, microversion });
    const context = { service: this.#service, method: request.method, path: request.path };
    return { reader: new JsonReader(answer.body ?? {}, context), requestId: answer.requestId };
  }

  async get(path: string, options: Options = {}): Promise<JsonReader> {
    return (await this.send({ ...options, method: "GET", path })).reader;
  }

  /** All pages of a collection; `key` is the list's name in the answer. */
  async collect<T>(path: string, key: string, read: (item: JsonReader) => T, options: Options = {}): Promise<T[]> {
    const microversion = options.microversion ?? (await this.version());
    return collect(this.#session, this.#service, { ...options, method: "GET", path, microversion }, key, read);
  }
}
