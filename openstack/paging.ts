import { JsonReader } from "./json-reader.ts";
import type { ApiRequest } from "./request.ts";
import type { Session } from "./session.ts";
import type { ServiceType } from "./service-type.ts";

/** The query of the next page, from Nova's and Cinder's `{key}_links` or others' `links`. */
function nextQuery(page: JsonReader, key: string): ApiRequest["query"] | undefined {
  const links = page.optionalObjects(`${key}_links`) ?? page.optionalObjects("links") ?? [];
  const href = links.find((link) => link.optionalString("rel") === "next")?.string("href");
  if (href === undefined) return undefined;
  // Only the query: behind a proxy the link's own host may be one that nobody else reaches.
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URL(href, "http://relative/").searchParams) (query[name] ??= []).push(value);
  return query;
}

/**
 * Reads all pages of a collection.
 *
 * @param key the name of the list in the answer
 * @throws HttpError, ConnectionError, ProtocolError
 */
export async function collect<T>(
  session: Session,
  service: ServiceType,
  request: ApiRequest,
  key: string,
  read: (item: JsonReader) => T,
): Promise<T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let { query } = request;
  for (;;) {
    const answer = await session.request(service, { ...request, ...(query && { query }) });
    const page = new JsonReader(answer.body, { service, method: request.method, path: request.path });
    const found = page.objects(key);
    items.push(...found.map(read));
    const next = nextQuery(page, key);
    const marker = JSON.stringify(next);
    // A service that gives the same page again would be asked for ever.
    if (!next || found.length === 0 || seen.has(marker)) return items;
    seen.add(marker);
    query = next;
  }
}
