import * as z from "zod/mini";
import { describeSkipped, optional, read, readList, type Skipped } from "./answer.ts";
import type { RequestContext } from "./errors.ts";
import type { ApiRequest } from "./request.ts";
import type { Session } from "./session.ts";
import type { ServiceType } from "../auth/service-type.ts";

const links = optional(z.array(z.object({ rel: optional(z.string()), href: z.string() })));

/** The link to the next page, among Nova's and Cinder's `{key}_links` or others' `links`. */
function nextOf(key: string, body: unknown, context: RequestContext): string | undefined {
  const page = read(z.object({ [`${key}_links`]: links, links }), body, context);
  return (page[`${key}_links`] ?? page["links"])?.find(({ rel }) => rel === "next")?.href;
}

/** The query of the next page. */
function queryOf(href: string): ApiRequest["query"] {
  // Only the query: behind a proxy, the host in the link may not be reachable.
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URL(href, "http://relative/").searchParams) (query[name] ??= []).push(value);
  return query;
}

/** Where lists come from. */
export interface Source {
  session: Session;
  /** Gets a sentence about each list that has entries which could not be read. */
  onSkipped: (message: string) => void;
}

export interface ListOptions {
  /** Gets the entries that could not be read; the list is without them. */
  skipped?: Skipped[];
  /** How many entries are enough. @default all */
  limit?: number | undefined;
}

/**
 * Reads all pages of a collection. An entry that cannot be read is skipped and reported.
 *
 * @param key the name of the list in the answer
 * @throws HttpError, ConnectionError, ProtocolError
 */
export async function collect<S extends z.ZodMiniType>(
  { session, onSkipped }: Source,
  service: ServiceType,
  request: ApiRequest,
  key: string,
  schema: S,
  { skipped = [], limit = Infinity }: ListOptions = {},
): Promise<z.output<S>[]> {
  const context = { service, method: request.method, path: request.path };
  const items: z.output<S>[] = [];
  const odd: Skipped[] = [];
  const seen = new Set<string>();
  let { query } = request;
  for (;;) {
    const { body } = await session.request(service, { ...request, ...(query && { query }) });
    const before = items.length + odd.length;
    items.push(...readList(schema, body, key, context, odd));
    const count = items.length + odd.length;
    const next = nextOf(key, body, context);
    // A service that returns the same page again would cause an endless loop.
    if (next === undefined || count === before || count >= limit || seen.has(next)) break;
    seen.add(next);
    query = queryOf(next);
  }
  if (odd.length > 0) onSkipped(describeSkipped(context, odd));
  skipped.push(...odd);
  return items;
}
