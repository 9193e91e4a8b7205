import type { Problem } from "../openstack/problems.ts";
import type { KindPolicy } from "../migration/contract/settings.ts";

/** What a configuration or a program says about how a server may be moved. */
export interface MoveKind {
  kind?: KindPolicy | undefined;
  allowRestart?: boolean | undefined;
  /** Its policy for a server that is shut off, where that is known. */
  stopped?: unknown;
}

/**
 * What is wrong about it: nothing shuts a running guest down unless it is said twice. Pure.
 *
 * @param path of `kind`
 */
export function kindProblems(path: string, { kind, allowRestart, stopped }: MoveKind): Problem[] {
  if (kind === "cold" && allowRestart !== true) {
    const problem = "a cold migration shuts a running guest down, and starts it again on its destination";
    const fix =
      "set allowRestart: true, if the guest may restart; or use auto, with stopped: cold for a server that is shut off";
    return [{ path, value: kind, problem, fix }];
  }
  if (kind === "live" && stopped === "cold") {
    const problem = "stopped: cold contradicts it: a server that is shut off cannot be moved live";
    return [{ path, value: kind, problem, fix: "use auto, or leave stopped out" }];
  }
  return [];
}
