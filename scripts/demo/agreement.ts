import type { Declared } from "./stack-file.ts";

/** A resource of the stack's state. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
}

/** What the demo reads of `pulumi stack export`. */
export interface StackState {
  resources: StateResource[];
  /** Operations that were under way when the CLI was killed. */
  pending: { type: string; resource: StateResource }[];
}

interface LabResource {
  id: string;
  name: string;
}

/** The lab's own view. */
export interface LabResources {
  servers: (LabResource & { status: string })[];
  volumes: LabResource[];
  /** Host aggregates; the ids are numbers. */
  zones: LabResource[];
}

export const COMMAND_TYPE = "command:local:Command";

const KINDS = [
  { type: "openstack:compute/instance:Instance", word: "server", of: "servers" },
  { type: "openstack:blockstorage/volume:Volume", word: "volume", of: "volumes" },
  { type: "openstack:compute/aggregateV2:AggregateV2", word: "zone", of: "zones" },
] as const;

/** The names that the stack gives to things of the lab. */
export function declaredNames(declared: Declared): Record<"servers" | "volumes" | "zones", Set<string>> {
  return {
    servers: new Set(declared.servers.map(({ name }) => name)),
    volumes: new Set(declared.servers.flatMap(({ volumes }) => volumes)),
    zones: new Set(Object.keys(declared.zones)),
  };
}

/**
 * All reasons why `pulumi up` cannot work with the stack's state and the lab; empty if it can.
 * It happens if one of them was wiped, or if the CLI was killed while it created something. Pure.
 */
export function disagreements(state: StackState, lab: LabResources, declared: Declared): string[] {
  const names = declaredNames(declared);
  const reasons = state.pending
    .filter(({ type, resource }) => type === "creating" && resource.type !== COMMAND_TYPE)
    .map(({ resource }) => `the CLI was killed while it made ${resource.urn.split("::").at(-1) ?? resource.urn}`);
  for (const { type, word, of } of KINDS) {
    const known = state.resources.filter((resource) => resource.type === type);
    const knownIds = new Set(known.map(({ id }) => id));
    const ids = new Set(lab[of].map(({ id }) => id));
    for (const { id, urn } of known) {
      if (id !== undefined && !ids.has(id)) reasons.push(`${word} ${urn.split("::").at(-1) ?? id} is not in the lab`);
    }
    for (const { id, name } of lab[of]) {
      if (names[of].has(name) && !knownIds.has(id)) reasons.push(`${word} ${name} (${id}) is not in the stack's state`);
    }
  }
  const broken = lab.servers.filter(({ name, status }) => names.servers.has(name) && status === "ERROR");
  return [...reasons, ...broken.map(({ name }) => `server ${name} is in ERROR`)];
}

/** Were commands being created when the CLI was killed? Those operations stay until they are cleared. */
export function hasPendingCommands({ pending }: StackState): boolean {
  return pending.some(({ type, resource }) => type === "creating" && resource.type === COMMAND_TYPE);
}

/** Reads `pulumi stack export`. */
export function parseExport(text: string): StackState {
  const { deployment } = JSON.parse(text) as {
    deployment: { resources?: StateResource[]; pending_operations?: StackState["pending"] } | null;
  };
  return { resources: deployment?.resources ?? [], pending: deployment?.pending_operations ?? [] };
}
