import { request } from "undici";

/** The place of reviews refused, or did not answer. */
export class ReviewError extends Error {
  override name = "ReviewError";
}

/** One answer, with the address of the next page, if there is one. */
export interface Answer {
  body: unknown;
  next: string | undefined;
}

const TRIES = 3;
const PAUSE_MS = 1000;

/**
 * One call of a REST interface that speaks JSON. Reads and updates are repeated where that may help; a new comment is
 * not, since it might then stand there twice.
 *
 * @throws {ReviewError} with what the other side said
 */
export async function call(
  method: "GET" | "POST" | "PATCH" | "PUT",
  url: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === TRIES || method === "POST";
    try {
      return await once(method, url, headers, body);
    } catch (error) {
      const passing = !(error instanceof ReviewError) || error.cause === "passing";
      if (last || !passing)
        throw error instanceof ReviewError ? error : new ReviewError(refused(method, url, String(error)));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

async function once(method: string, url: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  const response = await request(url, {
    method: method as "GET",
    headers: { "user-agent": "openstack-live-migration", "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  const text = await response.body.text();
  const { statusCode } = response;
  if (statusCode >= 300) {
    const cause = statusCode >= 500 || statusCode === 429 ? "passing" : "final";
    throw new ReviewError(refused(method, url, `${statusCode} ${text.slice(0, 300)}`), { cause });
  }
  const link = response.headers["link"];
  const next = /<([^>]+)>;\s*rel="next"/.exec(Array.isArray(link) ? link.join(",") : (link ?? ""))?.[1];
  try {
    return { body: JSON.parse(text), next };
  } catch {
    const answer = `${statusCode}, and no JSON but ${text.slice(0, 100)}`;
    throw new ReviewError(refused(method, url, answer), { cause: "final" });
  }
}

const refused = (method: string, url: string, answer: string) =>
  `${method} ${url}: ${answer}. Fix: check that the token may write comments there and that the host answers, then run this again`;

/** All pages of a list. A next page elsewhere is not asked for: the token is for this host alone. */
export async function pages(url: string, headers: Record<string, string>): Promise<unknown[]> {
  const all: unknown[] = [];
  const { origin } = new URL(url);
  for (let next: string | undefined = url; next !== undefined && new URL(next).origin === origin;) {
    const answer: Answer = await call("GET", next, headers);
    if (Array.isArray(answer.body)) all.push(...(answer.body as unknown[]));
    next = answer.next;
  }
  return all;
}
