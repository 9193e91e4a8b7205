import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { hideIn, type Redactor } from "../secrets/redact.ts";

const PlaceSchema = z.object({ host: z.string().nullable(), availabilityZone: z.string().nullable() });

const CheckSchema = z.object({
  check: z.string(),
  subject: z.string().optional(),
  expected: z.string(),
  observed: z.string(),
  outcome: z.enum(["passed", "failed", "not-checked"]),
  reason: z.string().optional(),
  fix: z.string().optional(),
});

const RecordSchema = z.object({
  schemaVersion: z.literal(1),
  outcome: z.enum(["already-there", "migrated", "refused", "failed", "needs-attention", "still-running"]),
  summary: z.string(),
  server: z.object({ id: z.string(), name: z.string() }),
  source: PlaceSchema,
  destination: PlaceSchema,
  current: PlaceSchema,
  migration: z.object({ id: z.number(), uuid: z.string().nullable() }).nullable(),
  requestId: z.string().nullable(),
  adopted: z.boolean(),
  checks: z.array(CheckSchema),
  findings: z.array(z.object({ severity: z.enum(["blocker", "warning"]), problem: z.string(), fix: z.string() })),
  timings: z.object({ totalSeconds: z.number(), novaSeconds: z.number().nullable() }),
  downtime: z.object({ milliseconds: z.number() }).nullable(),
});

const FailureSchema = z.object({
  schemaVersion: z.literal(1),
  server: z.string().optional(),
  error: z.object({ kind: z.string(), message: z.string() }),
});

/** What a review needs of a record; see migration/record.ts. */
export type ResultRecord = z.infer<typeof RecordSchema>;
export type ResultCheck = z.infer<typeof CheckSchema>;

/** What came of one server: a record, or why there is none. */
export type Result =
  { kind: "record"; record: ResultRecord } | { kind: "failure"; server: string | null; message: string };

/** Reads one document that `live-migrate --record` wrote. What is none is a failure, never nothing. */
export function readResult(text: string, file: string): Result {
  try {
    const value: unknown = JSON.parse(text);
    const record = RecordSchema.safeParse(value);
    if (record.success) return { kind: "record", record: record.data };
    const failure = FailureSchema.safeParse(value);
    if (failure.success) {
      const { server = null, error } = failure.data;
      return { kind: "failure", server, message: error.message };
    }
    return {
      kind: "failure",
      server: null,
      message: `${file} holds no record: ${z.prettifyError(record.error)}. Fix: use the up:comment of the version that wrote it`,
    };
  } catch (error) {
    return {
      kind: "failure",
      server: null,
      message: `${file} is no JSON document: ${(error as Error).message}. Fix: ask \`live-migrate status\` where its server is`,
    };
  }
}

/** Reads the folder that `LIVE_MIGRATE_RECORD` named in an `up`. One that is not there holds nothing. */
export async function readResults(folder: string, hide: Redactor): Promise<Result[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  const read = async (name: string) => readResult(hideIn(await readFile(join(folder, name), "utf8"), hide), name);
  return await Promise.all(names.map(read));
}
