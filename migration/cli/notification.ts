/** What a webhook is sent, and what comes of its answers. Pure. */
import { createHmac } from "node:crypto";
import { toJson } from "../../text/visible.ts";
import type { MigrationEvent } from "../contract/event.ts";

/** One request. */
export interface Notification {
  body: string;
  headers: Record<string, string>;
}

/**
 * The request about an event. The receiver computes the signature of the body as it came, and compares; `delivery` is the
 * same when a request is repeated.
 *
 * @param number of the event in its run, from 1
 */
export function notificationOf(event: MigrationEvent, number: number, secret: string): Notification {
  const body = toJson(event);
  return {
    body,
    headers: {
      "content-type": "application/json",
      "live-migrate-delivery": `${event.run}-${number}`,
      "live-migrate-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  };
}

/** Whether events can be sent there. Others see a URL's user and password more often than they should. */
export function isReceiver(url: string): boolean {
  const { protocol, username, password } = URL.parse(url) ?? {};
  return /^https?:$/.test(protocol ?? "") && !username && !password;
}

/** Whether a request is worth repeating: the receiver is busy or broken, and has not refused it. */
export const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** The receiver as messages name it: the rest of a URL may be as good as a password. */
export const receiverOf = (url: string): string => new URL(url).origin;
