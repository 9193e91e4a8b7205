/** What sets one way of connecting guests apart from another: Neutron's mechanism driver, and what it needs on the hosts. */
import type { Ini } from "../ini.ts";
import type { Api } from "../rest.ts";
import type { Secrets } from "../secrets.ts";
import type { Service } from "../service.ts";
import type { Host, Lab } from "../settings.ts";

/** Runs a command on a host, or on `infra`; returns its standard output. */
export type RunOn = (host: string, argv: readonly string[]) => Promise<string>;
/** Starts services by their names; returns when those that have a port listen on it. */
export type Start = (...names: string[]) => Promise<void>;

export interface Networking {
  /** Neutron's options of its own. */
  readonly neutron: (lab: Lab) => Ini;
  /** Config files beside neutron.conf, by path. */
  readonly files: (lab: Lab, secrets: Secrets) => Readonly<Record<string, string>>;
  /** Folders that a host has of its own; host-namespaces.sh says where they are mounted. */
  readonly hostFolders: readonly string[];
  /** Options of nova-compute of its own. */
  readonly compute: Ini;
  /** Daemons of the control plane that Neutron talks to. */
  readonly backend: (lab: Lab) => readonly Service[];
  /** Daemons of the control plane beside neutron-server. */
  readonly workers: (lab: Lab) => readonly Service[];
  /** A host's daemons that are there before its nova-compute, in the order of their start. */
  readonly base: (lab: Lab, host: Host) => readonly Service[];
  /** A host's other daemons. */
  readonly agents: (lab: Lab, host: Host) => readonly Service[];
  /** Binaries of the agents that Neutron shows alive on each host. */
  readonly agentBinaries: readonly string[];
  /** Makes what the backend keeps, and starts it. */
  readonly startBackend: (lab: Lab, on: RunOn, start: Start) => Promise<void>;
  /** Prepares and starts the daemons of {@link Networking.base}, on all hosts. */
  readonly startBase: (lab: Lab, on: RunOn, start: Start) => Promise<void>;
  /** Whether ports are filtered: by security groups, and to the addresses that are theirs. */
  readonly portSecurity: boolean;
  /** Whether the provider network is there on every host. Its id is `network`. */
  readonly wired: (lab: Lab, api: Api, network: string, on: RunOn) => Promise<boolean>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** A fake hypervisor's: ports bind everywhere, nothing is wired. */
export const NONE: Networking = {
  neutron: () => ({ ml2: { mechanism_drivers: "lab" } }),
  files: () => ({}),
  hostFolders: [],
  compute: {},
  backend: () => [],
  workers: () => [],
  base: () => [],
  agents: () => [],
  agentBinaries: [],
  startBackend: nothing,
  startBase: nothing,
  portSecurity: false,
  wired: () => Promise.resolve(true),
};
