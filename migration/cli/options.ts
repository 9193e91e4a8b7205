import type { RawInput } from "../contract/request-input.ts";

/** What a command line gives: the request as text, and what belongs to the command alone. */
export interface Options extends RawInput {
  json?: boolean;
  /** As `json`, but nothing is on stdout after a run that exits with another code than 0. */
  jsonOnSuccess?: boolean;
  /** File or directory for the page about the run. */
  report?: string;
  /** File or directory for the JSON document. */
  record?: string;
  /** File to append the events to. */
  events?: string;
  /** URLs to send the events to: one, but see `notifyOption`. */
  notify?: readonly string[];
  /** File or directory for the metrics. */
  metrics?: string;
  /** Several servers, instead of `server`. */
  servers?: readonly string[];
  /** Maximum number of concurrent migrations. */
  parallel?: string;
  stopOnFailure?: boolean;
}
