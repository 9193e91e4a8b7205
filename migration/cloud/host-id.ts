import { hash } from "node:crypto";
import type { ServerFacts } from "./snapshot.ts";

/** `hostId` as Nova computes it: sha224 of project id and host (nova/objects/instance.py / api/openstack/compute/views). */
export function hostIdOf(projectId: string, host: string): string {
  return hash("sha224", `${projectId}${host}`);
}

/** Whether the server runs on `host`, also for users who may not see hosts. */
export function runsOn(server: Pick<ServerFacts, "host" | "hostId" | "projectId">, host: string): boolean {
  return server.host === null ? server.hostId === hostIdOf(server.projectId, host) : server.host === host;
}
