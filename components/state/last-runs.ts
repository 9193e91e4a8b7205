import * as pulumi from "@pulumi/pulumi";
import { INSTANCE } from "./live-server.ts";
import type { LastRun } from "../preview/preview-verdict.ts";
import { readStackResources, type StackResources } from "./stack-state.ts";
import { oneLine } from "../../text/visible.ts";

/** The last successful run of a command, by the command's URN. */
export type LastRuns = (urn: string) => LastRun;

/** Reads the last runs from the stack's own state, where a command's outputs repeat its environment. */
export async function readLastRuns(): Promise<LastRuns> {
  try {
    const resources = await readStackResources();
    return (urn) => {
      const last = lastRunOf(resources[urn]);
      if (last.kind !== "known") return last;
      return { ...last, createdUnpinned: isCreatedUnpinned(resources, last.environment["LIVE_MIGRATE_SERVER"]) };
    };
  } catch (error) {
    const problem = `drift is not checked: the stack's state cannot be read: ${(error as Error).message}`;
    void pulumi.log.warn(oneLine(`${problem}. Fix: check the stack's backend, then preview again`));
    return () => ({ kind: "unreadable" });
  }
}

/** The last run of one resource, from its entry among the stack's. Pure. */
export function lastRunOf(resource: unknown): LastRun {
  if (resource === undefined) return { kind: "none" };
  const environment = at(at(resource, "outputs"), "environment");
  if (typeof environment !== "object" || environment === null) return { kind: "unreadable" };
  const texts = Object.entries(environment).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { kind: "known", environment: Object.fromEntries(texts) };
}

/** Whether a server was created with the hint ":<host>", which places it without pinning its zone. Pure. */
export function isCreatedUnpinned(resources: StackResources, serverId: string | undefined): boolean {
  return Object.values(resources).some(
    ({ type, outputs }) =>
      type === INSTANCE && outputs["id"] === serverId && String(outputs["availabilityZoneHints"]).startsWith(":"),
  );
}

const at = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
