import * as z from "zod/mini";
import { fields, inside, lenient, optional, optionalTime, stringMap } from "../http/answer.ts";

const id = z.pipe(z.union([z.string(), z.number()]), z.transform(String));

/** A Nova service on a host. */
export const computeServiceSchema = fields({
  id,
  binary: z.string(),
  host: z.string(),
  zone: z.string(),
  /** What an operator wants. */
  status: z.enum(["enabled", "disabled"]),
  /** What Nova last heard; may lag by a minute. */
  state: z.enum(["up", "down"]),
  /** Undefined before 2.11. */
  forcedDown: ["forced_down", optional(z.boolean())],
  disabledReason: ["disabled_reason", lenient(z.string())],
  updatedAt: ["updated_at", optionalTime],
});
export type ComputeService = z.output<typeof computeServiceSchema>;

const cpuInfoSchema = fields({
  arch: optional(z.string()),
  model: optional(z.string()),
  vendor: optional(z.string()),
  features: z._default(optional(z.array(z.string())), []),
});

/** A hypervisor: a node of a compute host. Optional fields may be of any kind: drivers differ. */
export const hypervisorSchema = fields({
  /** From 2.53 on also the id of its resource provider in Placement. */
  id,
  hypervisorHostname: ["hypervisor_hostname", z.string()],
  /** The compute service's host. */
  serviceHost: ["service", inside("host", z.string())],
  hypervisorType: ["hypervisor_type", lenient(z.string())],
  /** As libvirt counts it: 7002000 is 7.2.0. */
  hypervisorVersion: ["hypervisor_version", lenient(z.number())],
  /** The CPU as libvirt reports it; empty with the fake driver and others. */
  cpuInfo: ["cpu_info", lenient(cpuInfoSchema)],
  /** Undefined where only Placement has it (2.88 and newer). */
  memoryMiB: ["memory_mb", lenient(z.number())],
  memoryUsedMiB: ["memory_mb_used", lenient(z.number())],
});
export type Hypervisor = z.output<typeof hypervisorSchema>;

export const aggregateSchema = fields({
  id: z.number(),
  name: z.string(),
  hosts: z._default(optional(z.array(z.string())), []),
  metadata: z._default(optional(stringMap), {}),
  availabilityZone: ["availability_zone", optional(z.string())],
});
export type Aggregate = z.output<typeof aggregateSchema>;

/** A server group. Before 2.64 it has a list of policies, always with one entry. */
export const serverGroupSchema = z.pipe(
  fields({
    id: z.string(),
    name: z.string(),
    /** `affinity`, `anti-affinity`, `soft-affinity` or `soft-anti-affinity`. */
    policy: optional(z.string()),
    policies: optional(z.array(z.string())),
    /** For anti-affinity: how many members one host may have. @default 1 */
    maxServerPerHost: ["rules", optional(inside("max_server_per_host", optional(z.number())))],
    /** Ids of servers. */
    members: z.array(z.string()),
    projectId: ["project_id", optional(z.string())],
  }),
  z.transform(({ policies, policy, ...group }) => ({ ...group, policy: policy ?? policies?.[0] ?? "" })),
);
export type ServerGroup = z.output<typeof serverGroupSchema>;
