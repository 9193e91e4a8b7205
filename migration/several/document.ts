import { EXIT_CODES, type Outcome } from "../record.ts";
import type { FailureDocument } from "../failure.ts";

/** The document about a run of several servers: the last line of `run --json`. A contract as the record is. */
export const SEVERAL_SCHEMA_VERSION = 1;

/**
 * Exit codes, the one first that is the whole's if any server ended with it: a human must look; what became of it is
 * not known; it failed and is intact; it is still on its way; nothing was sent; there is no such server (any more).
 */
export const WORST_FIRST = [5, 7, 4, 6, 3, 2] as const;

/** What came of one server: the outcome of its record, why it has none, or that its turn never came. */
export type Result = Outcome | FailureDocument["error"]["kind"] | "not-begun";

export interface ServerResult {
  /** As it was asked for. */
  asked: string;
  id: string;
  name: string;
  result: Result;
  /** As `run` of this server alone would have exited; 3 for one that was not begun: nothing was sent. */
  exitCode: number;
}

export interface SeveralDocument {
  schemaVersion: typeof SEVERAL_SCHEMA_VERSION;
  /** One line that a person understands. */
  summary: string;
  /** The process's own: the first of {@link WORST_FIRST} among those of `servers`, else 0. */
  exitCode: number;
  /** In the order in which they were asked for. */
  servers: ServerResult[];
  timings: { startedAt: string; finishedAt: string; totalSeconds: number };
  /** Requests sent to the cloud, those that found the servers and the token included. */
  requests: { total: number };
}

export const NOT_BEGUN_EXIT = EXIT_CODES.refused;

/** Pure. */
export const worstOf = (exitCodes: readonly number[]): number =>
  WORST_FIRST.find((code) => exitCodes.includes(code)) ?? 0;

/** How each result is said of several servers, the worst first. */
const WORDS: [Result, string][] = [
  ["needs-attention", "for A HUMAN to look at"],
  ["server-gone", "deleted meanwhile, for A HUMAN to look at"],
  ["outcome-unknown", "of which it is not known whether Nova has begun"],
  ["cloud", "of which the cloud does not tell"],
  ["failed", "failed, intact on the source"],
  ["still-running", "still on its way"],
  ["refused", "refused"],
  ["bad-input", "not found"],
  ["not-begun", "not begun"],
];

/** More names than that are a list, not a sentence. */
const MOST_NAMES = 10;

/** What came of all of them, in one line. Pure. */
export function summariseSeveral(servers: readonly ServerResult[], totalSeconds: number): string {
  const of = (result: Result) => servers.filter((server) => server.result === result);
  const parts = [`${of("migrated").length} moved`, `${of("already-there").length} there already`];
  for (const [result, words] of WORDS) {
    const names = of(result).map(({ name }) => name);
    const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
    if (names.length > 0) parts.push(`${names.length} ${words}: ${names.slice(0, MOST_NAMES).join(", ")}${more}`);
  }
  const again = of("still-running").length + of("not-begun").length > 0 ? ". The same command goes on with them" : "";
  return `${servers.length} servers in ${totalSeconds.toFixed(1)} s: ${parts.join("; ")}${again}`;
}

/** Pure. */
export function severalDocument(
  servers: ServerResult[],
  { startedAt, finishedAt, requests }: { startedAt: number; finishedAt: number; requests: number },
): SeveralDocument {
  const totalSeconds = (finishedAt - startedAt) / 1000;
  return {
    schemaVersion: SEVERAL_SCHEMA_VERSION,
    summary: summariseSeveral(servers, totalSeconds),
    exitCode: worstOf(servers.map(({ exitCode }) => exitCode)),
    servers,
    timings: {
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(finishedAt).toISOString(),
      totalSeconds,
    },
    requests: { total: requests },
  };
}
