import {
  MAINTENANCE_SCHEMA_VERSION,
  type MaintainedHost,
  type MaintenanceDocument,
} from "../../contract/maintenance.ts";

/**
 * Longest document, in bytes. Pulumi hands it to the next run in an environment variable, and Linux starts no process with
 * one of more than 128 KiB (MAX_ARG_STRLEN).
 */
const LONGEST = 100_000;

const sizeOf = (document: MaintenanceDocument) => Buffer.byteLength(JSON.stringify(document));

/** The document without what makes it too long: first whole records, then moved servers; both are counted. Pure. */
export function fitted(document: MaintenanceDocument, longest = LONGEST): MaintenanceDocument {
  if (sizeOf(document) <= longest) return document;
  const without = (change: (host: MaintainedHost) => Partial<MaintainedHost>): MaintenanceDocument["hosts"] =>
    Object.fromEntries(Object.entries(document.hosts).map(([name, host]) => [name, { ...host, ...change(host) }]));
  const all = Object.values(document.hosts).flatMap(({ moved }) => moved);
  const records = all.filter(({ record }) => record !== null).length;
  const bare = {
    ...document,
    hosts: without(({ moved }) => ({ moved: moved.map((one) => ({ ...one, record: null })) })),
    recordsLeftOut: document.recordsLeftOut + records,
  };
  if (sizeOf(bare) <= longest) return bare;
  const least = {
    ...bare,
    hosts: without(() => ({ moved: [] })),
    movedLeftOut: document.movedLeftOut + all.length,
    stays: [],
  };
  // The servers that are left matter most; beyond this, their own list is the cloud's.
  return sizeOf(least) <= longest ? least : { ...least, hosts: withoutLists(least.hosts), findings: [] };
}

const withoutLists = (hosts: MaintenanceDocument["hosts"]): MaintenanceDocument["hosts"] =>
  Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => [
      name,
      { ...host, leftovers: [], stopped: [], away: [], sinceReview: null },
    ]),
  );

/** Pure. */
export function maintenanceDocument(
  made: Pick<MaintenanceDocument, "summary" | "exitCode" | "hosts" | "stays" | "findings">,
  { startedAt, finishedAt, requests }: { startedAt: number; finishedAt: number; requests: number },
): MaintenanceDocument {
  return {
    schemaVersion: MAINTENANCE_SCHEMA_VERSION,
    document: "maintenance",
    ...made,
    recordsLeftOut: 0,
    movedLeftOut: 0,
    timings: {
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(finishedAt).toISOString(),
      totalSeconds: (finishedAt - startedAt) / 1000,
    },
    requests: { total: requests },
  };
}
