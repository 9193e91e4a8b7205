import { ConnectionError, ProtocolError } from "./errors.ts";
import type { RequestContext } from "./errors.ts";
import { classify } from "./network-failure.ts";
import { TEXTS } from "./texts.ts";

/** One request as it goes over the wire. */
export interface WireRequest {
  context: RequestContext;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Longest wait for the answer, milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** The answer, read to its end. Header names are in lower case. */
export interface WireResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The way to one cloud. */
export interface Connections {
  /**
   * Sends one request once and reads the whole answer, whatever its status.
   *
   * @throws ConnectionError if no answer came, or these connections were closed
   * @throws ProtocolError if the answer broke off
   */
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}

/** To one service at a time; what else is asked of it waits. */
export const CONNECTIONS = 8;

/** An answer whose body is still to be read. */
export interface Beginning {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: () => Promise<string>;
}

/**
 * Reads an answer to its end, and tells what went wrong by when it did.
 *
 * @param begin sends the request; resolves when its answer begins
 * @param mayBeSent whether the request went out, or may have, by the time that `begin` fails
 * @throws ConnectionError, ProtocolError
 */
export async function answered(
  request: WireRequest,
  begin: () => Promise<Beginning>,
  mayBeSent: () => boolean,
): Promise<WireResponse> {
  let beginning: Beginning;
  try {
    beginning = await begin();
  } catch (error) {
    throw connectionError(request, error, mayBeSent());
  }
  const { status, headers, text } = beginning;
  try {
    return { status, headers: single(headers), body: await text() };
  } catch (error) {
    const { kind } = classify(error);
    if (kind === "timeout" || request.signal?.aborted === true) throw connectionError(request, error, true);
    throw new ProtocolError(request.context, TEXTS["broke-off"](status), { cause: error });
  }
}

const single = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );

/**
 * What is told of a request that got no answer.
 *
 * @param begun whether it went out, or may have, whatever the error itself says
 */
export function connectionError(request: WireRequest, error: unknown, begun = false): ConnectionError {
  const aborted = request.signal?.aborted === true && { kind: "aborted" as const, detail: TEXTS["given-up"]() };
  return new ConnectionError(request.context, {
    ...classify(error),
    ...(begun && { neverSent: false }),
    ...aborted,
    origin: new URL(request.url).origin,
    cause: error,
  });
}
