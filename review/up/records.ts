import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FailureSchema } from "../../migration/contract/failure.ts";
import { readMaintenance, type MaintenanceDocument } from "../../migration/contract/maintenance.ts";
import { readRecord, type MigrationRecord } from "../../migration/contract/record.ts";
import { parseJson } from "../../text/json.ts";
import { hideIn, type Redactor } from "../secrets/redact.ts";

/** The result for one server: a record, or why there is none. */
export type Result =
  | { kind: "record"; record: MigrationRecord }
  | { kind: "maintenance"; document: MaintenanceDocument }
  | { kind: "failure"; server: string | null; message: string };

/** Reads one document that `live-migrate --record` wrote. Anything else is a failure, and never ignored. */
export function readResult(text: string, file: string): Result {
  const read = readRecord(text);
  if (read.ok) return { kind: "record", record: read.record };
  const maintenance = readMaintenance(text);
  if (maintenance !== null) return { kind: "maintenance", document: maintenance };
  const { data: failure } = FailureSchema.safeParse(parseJson(text));
  if (failure !== undefined) {
    return { kind: "failure", server: failure.server ?? null, message: failure.error.message };
  }
  const message = `${file} holds no record: ${read.reason}. Fix: ask \`live-migrate status\` where its server is`;
  return { kind: "failure", server: null, message };
}

/** Reads the folder that `LIVE_MIGRATE_RECORD` named in an `up`. An unreadable folder is a failure, and never ignored. */
export async function readResults(folder: string, hide: Redactor): Promise<Result[]> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    const message =
      `the folder of records ${folder} cannot be read (${code}), so it is not known whether a server moved. ` +
      "Fix: make the folder before `pulumi up`, and name it in LIVE_MIGRATE_RECORD and --records";
    return [{ kind: "failure", server: null, message }];
  }
  const names = files.filter((name) => name.endsWith(".json")).sort();
  const read = async (name: string) => readResult(hideIn(await readFile(join(folder, name), "utf8"), hide), name);
  return await Promise.all(names.map(read));
}
