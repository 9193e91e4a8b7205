import { hash } from "node:crypto";
import type { Known, HostFacts, ServerFacts, Snapshot } from "./snapshot.ts";
import type { Place } from "../contract/record.ts";

/** `hostId` as Nova computes it: sha224 of project id and host (nova/objects/instance.py / api/openstack/compute/views). */
export function hostIdOf(projectId: string, host: string): string {
  return hash("sha224", `${projectId}${host}`);
}

/** Whether the server runs on `host`, also for users who may not see hosts. */
export function runsOn(server: Pick<ServerFacts, "host" | "hostId" | "projectId">, host: string): boolean {
  return server.host === null ? server.hostId === hostIdOf(server.projectId, host) : server.host === host;
}
/** The host's facts by name. */
export function hostNamed(hosts: Known<HostFacts[]>, name: string | null): HostFacts | undefined {
  return hosts.known ? hosts.value.find(({ host }) => host === name) : undefined;
}
/** Where the server runs now. */
export function currentPlace({ server }: Snapshot): Place {
  const { host, hypervisorHostname, availabilityZone } = server;
  return { host, hypervisorHostname, availabilityZone };
}
/** A host by name as a place, as far as the snapshot knows it. */
export function placeOf(name: string | null, { hosts }: Snapshot): Place {
  const host = hostNamed(hosts, name);
  return {
    host: name,
    hypervisorHostname: host?.hypervisor?.hostname ?? null,
    availabilityZone: host?.availabilityZone ?? null,
  };
}
