import { readFileSync } from "node:fs";

/** An answer of a real cloud (Zed), as recorded. */
export const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
