import * as z from "zod/mini";

/** `live-migrate hosts --json`: a contract as the record is. */
export const HOSTS_SCHEMA_VERSION = 1;

const HostSchema = z.object({
  host: z.string(),
  zone: z.nullable(z.string()),
  /** What Nova last heard of its service; `unread`: its entry cannot be read. */
  state: z.enum(["up", "down", "forced-down", "unread"]),
  enabled: z.boolean(),
  disabledReason: z.nullable(z.string()),
  /** Who disabled it: this program, others, or nobody. */
  disabledBy: z.enum(["this-program", "others", "nobody"]),
  /** Of a maintenance of this program: since when, ISO 8601; else null. */
  maintenanceSince: z.nullable(z.string()),
  /** Servers by status; null: the list could not be read. */
  servers: z.nullable(z.record(z.string(), z.number())),
  /** By resource class; null: Placement does not show it. */
  free: z.nullable(z.record(z.string(), z.object({ capacity: z.number(), used: z.number() }))),
  /** Neutron's agents; null: not visible. */
  agents: z.nullable(z.object({ alive: z.number(), dead: z.array(z.string()) })),
  /** Unfinished migrations from and to it; null: the list could not be read. */
  migrations: z.nullable(z.object({ out: z.number(), in: z.number() })),
});
/** A host: its zone, state, servers, free capacity, agents. */
export type HostRow = z.output<typeof HostSchema>;

/** `live-migrate hosts --json`: a contract as the record is. */
export const HostsSchema = z.object({
  schemaVersion: z.literal(HOSTS_SCHEMA_VERSION),
  hosts: z.array(HostSchema),
  /** What could not be read, and why. */
  notChecked: z.array(z.string()),
});
/** What `live-migrate hosts --json` prints. */
export type HostsDocument = z.output<typeof HostsSchema>;
