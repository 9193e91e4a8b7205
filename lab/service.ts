/** What a daemon of a lab is, and how Python's are started. */
import { paths } from "./paths.ts";
import type { Lab } from "./settings.ts";

export interface Service {
  /** `nova-api`, `node-31.nova-compute`, … */
  readonly name: string;
  /** `infra`: in the control plane's namespace; a host's name: in the host's namespaces; `root`: it makes its own. */
  readonly where: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Port on the lab's address that it listens on when it is ready. */
  readonly port?: number;
  /** Its port listens before it has loaded: it is ready when it answers a request. @default false */
  readonly answersLate?: boolean;
  /** Ends properly at `down` (it has data to write); the others are killed. @default false */
  readonly graceful?: boolean;
}

const LAUNCHER = `${import.meta.dirname}/python/launch.py`;
const DRIVERS = `${import.meta.dirname}/python/drivers`;

/**
 * For what keeps data: without waiting for the disk at each change. A daemon that is killed loses nothing by it, the kernel has its
 * writes; a power cut may cost the lab, which then is made anew.
 */
export const UNSYNCED = ["eatmydata"];

/**
 * Debian's Python with an OpenStack entry point; no daemon package is needed for it.
 * @param module `module:function`, or a module that has a `main`
 */
export function python(module: string, program: string, args: readonly string[]): string[] {
  return ["/usr/bin/python3", LAUNCHER, program, module, ...args];
}

/** What the launcher and the lab's drivers read. */
export function pythonEnv(lab: Pick<Lab, "stateDir">): Record<string, string> {
  return { PYTHONPATH: DRIVERS, LAB_PACE_FILE: paths(lab).pace };
}
