import * as z from "zod/mini";
import { FailureSchema } from "./failure.ts";
import { EXIT_CODES, OutcomeSchema, RecordSchema } from "./record.ts";

/** The document about a run of several servers: the last line of `run --json`. A contract as the record is. */
export const SEVERAL_SCHEMA_VERSION = 1;

/**
 * Exit codes by priority: the run exits with the first of these that any server has. 5: a human must look; 7: the outcome
 * is unknown; 4: failed, intact on the source; 6: still running; 3: nothing was sent; 2: no such server.
 */
export const WORST_FIRST = [5, 7, 4, 6, 3, 2] as const;

/** The result for one server: the outcome of its record, why it has none, or that it was not started. */
const ResultSchema = z.union([OutcomeSchema, FailureSchema.shape.error.shape.kind, z.literal("not-begun")]);
export type Result = z.output<typeof ResultSchema>;

const ServerResultSchema = z.object({
  /** As requested. */
  asked: z.string(),
  id: z.string(),
  name: z.string(),
  result: ResultSchema,
  /** As `run` of this server alone would have exited; 3 for one that was not started: nothing was sent. */
  exitCode: z.number(),
  /** How it was moved, as in its record; absent without a record, and in documents of earlier versions. */
  kind: RecordSchema.shape.kind,
});
export type ServerResult = z.output<typeof ServerResultSchema>;

/** Reads the document about several servers. */
export const SeveralSchema = z.object({
  schemaVersion: z.literal(SEVERAL_SCHEMA_VERSION),
  /** One line for people. */
  summary: z.string(),
  /** The process's own: the first of `WORST_FIRST` among those of `servers`, else 0. */
  exitCode: z.number(),
  /** In the order of the request. */
  servers: z.array(ServerResultSchema),
  timings: z.object({ startedAt: z.string(), finishedAt: z.string(), totalSeconds: z.number() }),
  /** Requests sent to the cloud, including those that found the servers and the token. */
  requests: z.object({ total: z.number() }),
});
/** The document about several servers. */
export type SeveralDocument = z.output<typeof SeveralSchema>;

export const NOT_BEGUN_EXIT = EXIT_CODES.refused;

/** Pure. */
export const worstOf = (exitCodes: readonly number[]): number =>
  WORST_FIRST.find((code) => exitCodes.includes(code)) ?? 0;

/** How the summary words each result, the worst first. */
const WORDS: [Result, string][] = [
  ["needs-attention", "to be checked by A HUMAN"],
  ["server-gone", "deleted meanwhile, to be checked by A HUMAN"],
  ["outcome-unknown", "with unknown outcome (Nova may have started)"],
  ["cloud", "with status unavailable"],
  ["failed", "failed, intact on the source"],
  ["still-running", "still running, or not verified yet"],
  ["refused", "refused"],
  ["bad-input", "not found"],
  ["not-begun", "not started"],
];

/** Maximum number of names in the summary for each result. */
const MOST_NAMES = 10;

/** The results of all servers in one line. Pure. */
export function summariseSeveral(servers: readonly ServerResult[], totalSeconds: number): string {
  const of = (result: Result) => servers.filter((server) => server.result === result);
  const away = of("away").length;
  const parts = [`${of("migrated").length} moved`, `${of("already-there").length} on the target host already`];
  if (away > 0) parts.push(`${away} away from their closed hosts`);
  for (const [result, words] of WORDS) {
    const names = of(result).map(({ name }) => name);
    const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
    if (names.length > 0) parts.push(`${names.length} ${words}: ${names.slice(0, MOST_NAMES).join(", ")}${more}`);
  }
  const again =
    of("still-running").length + of("not-begun").length > 0 ? ". Run the same command again to continue with them" : "";
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
