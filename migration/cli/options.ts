import type { RawInput } from "../contract/request-input.ts";

/** What a command line says. */
export interface Options extends RawInput {
  osCloud?: string;
  osRegionName?: string;
  json?: boolean;
  /** As `json`, but nothing is on stdout after a run that did not end with 0. */
  jsonOnSuccess?: boolean;
  /** Where the page about the run goes. */
  report?: string;
  /** Where the JSON document goes, besides. */
  record?: string;
  /** Several servers, instead of `server`. */
  servers?: readonly string[];
  /** So many of them at a time. */
  parallel?: string;
  stopOnFailure?: boolean;
}
