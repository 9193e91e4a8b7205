import * as pulumi from "@pulumi/pulumi";
import pRetry from "p-retry";

/** A resource in the stack's state. */
export interface StateResource {
  type: string;
  outputs: Readonly<Record<string, unknown>>;
}

/** The stack's resources by URN, as the last `up` or `refresh` left them. */
export type StackResources = Readonly<Record<string, StateResource>>;

/** Read once for each program: a large stack's state has megabytes, and the state from before the program does not change. */
const readings = new WeakMap<object, Promise<StackResources>>();

/**
 * Pulumi writes the state while the program reads it, and a backend in a folder rewrites the attributes of the state's
 * file in place: a read in between fails with "EOF" (gocloud.dev, blob/fileblob/attrs.go). Remote backends have
 * transient errors too.
 */
const PATIENCE = { retries: 4, minTimeout: 50, factor: 2 };

/**
 * Reads the running stack's own state. A program is not given its resources' old values; `readStackResourceOutputs` of
 * Pulumi's engine has them.
 */
export function readStackResources(): Promise<StackResources> {
  const program = pulumi.runtime.getMonitor();
  if (!program) return read();
  const reading = readings.get(program) ?? read();
  readings.set(program, reading);
  return reading;
}

async function read(): Promise<StackResources> {
  const stackName = ownName();
  const found: unknown = await pRetry(
    () => pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName }),
    PATIENCE,
  );
  const resources = (found as { outputs?: Record<string, Partial<StateResource> | undefined> } | undefined)?.outputs;
  return Object.fromEntries(
    Object.entries(resources ?? {}).map(([urn, resource]) => [
      urn,
      { type: resource?.type ?? "", outputs: resource?.outputs ?? {} },
    ]),
  );
}

/**
 * The running stack's name. Pulumi CLI 3.230 does not tell a plugin the organization: there, the name alone is that of a
 * stack of the current project.
 */
function ownName(): string {
  try {
    return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  } catch {
    return pulumi.getStack();
  }
}
