import { oneLine } from "../text/visible.ts";

/**
 * A problem and its fix in one line. Names and other programs' answers in them cannot break it.
 *
 * @example message("no server is named vm01", "check its spelling") // "no server is named vm01. Fix: check its spelling"
 */
export const message = (problem: string, fix: string): string =>
  oneLine(`${problem.replace(/[.\s]+$/, "")}. Fix: ${fix}`);
