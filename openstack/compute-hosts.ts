import type { JsonReader } from "./json-reader.ts";
import { optionalUtc } from "./time.ts";

/** A Nova service on a host. */
export interface ComputeService {
  id: string;
  binary: string;
  host: string;
  zone: string;
  /** What an operator wants. */
  status: "enabled" | "disabled";
  /** What Nova last heard; may lag by a minute. */
  state: "up" | "down";
  /** Undefined before 2.11. */
  forcedDown: boolean | undefined;
  disabledReason: string | undefined;
  updatedAt: string | undefined;
}

/** A hypervisor: a node of a compute host. Capacity is undefined where only Placement tells it (2.88 and newer). */
export interface Hypervisor {
  /** From 2.53 on also the id of its resource provider in Placement. */
  id: string;
  hypervisorHostname: string;
  /** The compute service's host. */
  serviceHost: string;
  state: "up" | "down";
  status: "enabled" | "disabled";
  hypervisorType: string;
  /** As libvirt counts it: 7002000 is 7.2.0. */
  hypervisorVersion: number;
  hostIp: string | undefined;
  vcpus: number | undefined;
  vcpusUsed: number | undefined;
  memoryMiB: number | undefined;
  memoryUsedMiB: number | undefined;
  runningVms: number | undefined;
  /** What libvirt says of the CPU. */
  cpuInfo: CpuInfo | undefined;
}

export interface CpuInfo {
  arch: string | undefined;
  model: string | undefined;
  vendor: string | undefined;
  features: string[];
}

export interface Aggregate {
  id: number;
  name: string;
  hosts: string[];
  metadata: Readonly<Record<string, string>>;
  availabilityZone: string | undefined;
}

export interface ServerGroup {
  id: string;
  name: string;
  /** `affinity`, `anti-affinity`, `soft-affinity` or `soft-anti-affinity`. */
  policy: string;
  /** For anti-affinity: how many members one host may have. @default 1 */
  maxServerPerHost: number | undefined;
  /** Ids of servers. */
  members: string[];
  projectId: string | undefined;
}

const ids = (reader: JsonReader): string => {
  const id = reader.raw("id");
  return typeof id === "number" ? String(id) : reader.string("id");
};

const state = (reader: JsonReader): "up" | "down" => (reader.string("state") === "up" ? "up" : "down");
const status = (reader: JsonReader): "enabled" | "disabled" =>
  reader.string("status") === "enabled" ? "enabled" : "disabled";

export const readComputeService = (service: JsonReader): ComputeService => ({
  id: ids(service),
  binary: service.string("binary"),
  host: service.string("host"),
  zone: service.string("zone"),
  status: status(service),
  state: state(service),
  forcedDown: service.optionalBoolean("forced_down"),
  disabledReason: service.optionalString("disabled_reason"),
  updatedAt: optionalUtc(service.optionalString("updated_at")),
});

/** The fake driver and others leave it empty. */
function readCpuInfo(hypervisor: JsonReader): CpuInfo | undefined {
  const raw = hypervisor.raw("cpu_info");
  if (typeof raw !== "object" || raw === null) return undefined;
  const info = hypervisor.object("cpu_info");
  return {
    arch: info.optionalString("arch"),
    model: info.optionalString("model"),
    vendor: info.optionalString("vendor"),
    features: info.optionalStrings("features") ?? [],
  };
}

export const readHypervisor = (hypervisor: JsonReader): Hypervisor => ({
  id: ids(hypervisor),
  hypervisorHostname: hypervisor.string("hypervisor_hostname"),
  serviceHost: hypervisor.object("service").string("host"),
  state: state(hypervisor),
  status: status(hypervisor),
  hypervisorType: hypervisor.string("hypervisor_type"),
  hypervisorVersion: hypervisor.number("hypervisor_version"),
  hostIp: hypervisor.optionalString("host_ip"),
  vcpus: hypervisor.optionalNumber("vcpus"),
  vcpusUsed: hypervisor.optionalNumber("vcpus_used"),
  memoryMiB: hypervisor.optionalNumber("memory_mb"),
  memoryUsedMiB: hypervisor.optionalNumber("memory_mb_used"),
  runningVms: hypervisor.optionalNumber("running_vms"),
  cpuInfo: readCpuInfo(hypervisor),
});

export const readAggregate = (aggregate: JsonReader): Aggregate => ({
  id: aggregate.number("id"),
  name: aggregate.string("name"),
  hosts: aggregate.optionalStrings("hosts") ?? [],
  metadata: aggregate.optionalStringMap("metadata") ?? {},
  availabilityZone: aggregate.optionalString("availability_zone"),
});

/** Before 2.64 a group has a list of policies, of which there is only ever one. */
export const readServerGroup = (group: JsonReader): ServerGroup => ({
  id: group.string("id"),
  name: group.string("name"),
  policy: group.optionalString("policy") ?? group.optionalStrings("policies")?.[0] ?? "",
  maxServerPerHost: group.optionalObject("rules")?.optionalNumber("max_server_per_host"),
  members: group.optionalStrings("members") ?? [],
  projectId: group.optionalString("project_id"),
});
