import { Option } from "commander";

/** A list, although one may be given: commander's own refusal of a second would quote the URLs, which may be secret. */
export const notifyOption = (): Option =>
  new Option("--notify <url>", "URL that events are sent to, signed (default: none)")
    .env("LIVE_MIGRATE_NOTIFY")
    .argParser((url: string, before: readonly string[] | undefined) => [...(before ?? []), url]);
