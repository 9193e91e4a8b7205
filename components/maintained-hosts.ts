import * as pulumi from "@pulumi/pulumi";

/** Hosts that a program declares to be in maintenance, with the reasons. */
export type MaintainedHosts = ReadonlyMap<string, string>;

/** Where a maintenance of the stack has brought a server. */
export interface Brought {
  from: string;
  to: string;
  /** Whether the end of the maintenance brings it home. */
  returns: boolean;
}

const declared = new WeakMap<object, Map<string, string>>();
const NONE: MaintainedHosts = new Map();

/** Notes hosts of a `HostMaintenance`, so that no move of the same program brings a server onto them. */
export function noteMaintenance(hosts: Readonly<Record<string, { reason: string }>>): void {
  const program = pulumi.runtime.getMonitor();
  if (program === undefined) return;
  const noted = declared.get(program) ?? new Map<string, string>();
  for (const [host, { reason }] of Object.entries(hosts)) noted.set(host, reason);
  declared.set(program, noted);
}

/** All of them. A program declares its resources in one synchronous pass: after it, all are noted. */
export async function maintainedHosts(): Promise<MaintainedHosts> {
  const program = pulumi.runtime.getMonitor();
  await new Promise((resolve) => setImmediate(resolve));
  return (program && declared.get(program)) ?? NONE;
}
