import { POST, serverPath, type PooledServer } from "../lab/server-pool.ts";
import type { FaultAction, FaultMatch } from "./fault.ts";

/** Every kind of request that a run sends before the one that moves the server. */
export const BEFORE = {
  token: () => ({ method: "POST", service: "identity", path: "/auth/tokens" }),
  "compute's versions": () => ({ service: "compute", path: /\/v2\.1\/$/ }),
  server: ({ server }) => ({ method: "GET", path: serverPath(server.id) }),
  migrations: () => ({ path: "/os-migrations" }),
  services: () => ({ path: "/os-services" }),
  hypervisors: () => ({ path: "/os-hypervisors" }),
  "storage's versions": () => ({ service: "block-storage", path: /\/v3\/$/ }),
  volumes: () => ({ service: "block-storage", path: "/volumes/" }),
  attachments: () => ({ service: "block-storage", path: "/attachments" }),
  ports: () => ({ service: "network", path: "/ports" }),
  "placement's versions": () => ({ service: "placement", path: /^\/$/ }),
  allocations: () => ({ service: "placement", path: "/allocations/" }),
  candidates: () => ({ service: "placement", path: "/allocation_candidates" }),
} as const satisfies Record<string, (pooled: PooledServer) => FaultMatch>;

/** And those after it: the first two watch, the others verify. */
export const AFTER = {
  migrations: BEFORE.migrations,
  counters: ({ server }) => ({ path: new RegExp(`/servers/${server.id}/migrations/`) }),
  server: BEFORE.server,
  volumes: BEFORE.volumes,
  attachments: BEFORE.attachments,
  ports: BEFORE.ports,
  allocations: BEFORE.allocations,
} as const satisfies Record<string, (pooled: PooledServer) => FaultMatch>;

type Requests = Record<string, (pooled: PooledServer) => FaultMatch>;

/** One fault for all kinds of request, or one for each by its position. */
type Faults = FaultAction | ((position: number) => FaultAction);

/** Lets each kind of request go wrong; those that have. */
export function spoil(pooled: PooledServer, requests: Requests, faults: Faults, times = 1): Set<string> {
  const hit = new Set<string>();
  for (const [position, [name, match]] of Object.entries(requests).entries()) {
    const action = typeof faults === "function" ? faults(position) : faults;
    pooled.proxy.add({ ...match(pooled), times }, action, () => void hit.add(name));
  }
  return hit;
}

/** The same from the moment at which Nova has taken the request. */
export function spoilAfter(pooled: PooledServer, requests: Requests, faults: Faults, times = 1): Promise<Set<string>> {
  return new Promise((resolve) => {
    pooled.proxy.add(POST, { kind: "nothing" }, undefined, () => {
      resolve(spoil(pooled, requests, faults, times));
    });
  });
}
