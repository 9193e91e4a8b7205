import { RECORD_SCHEMA_VERSION, type MigrationRecord } from "./record.ts";

/** The record of the last run, which Pulumi hands over on an update; null: none, or not one of ours. Pure. */
export function previousRecord(stdout: string | undefined): MigrationRecord | null {
  if (stdout === undefined || stdout === "") return null;
  try {
    const document = JSON.parse(stdout) as Partial<MigrationRecord> | null;
    return document?.schemaVersion === RECORD_SCHEMA_VERSION &&
      typeof document.outcome === "string" &&
      typeof document.server?.id === "string" &&
      document.current?.host !== undefined
      ? (document as MigrationRecord)
      : null;
  } catch {
    return null;
  }
}
