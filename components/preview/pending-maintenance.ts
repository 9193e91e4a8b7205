import type { MaintenanceRequest } from "../../migration/contract/maintenance-request.ts";
import type { CloudSelection } from "../../openstack/auth/clouds-config.ts";
import { lastMaintenanceOf, ownServers, type LastMaintenance } from "../state/last-maintenance.ts";
import type { StackResources } from "../state/stack-state.ts";
import type { MaintenancePlanner } from "./maintenance-planner.ts";
import { judgeMaintenance, type MaintenanceVerdict } from "./maintenance-verdict.ts";

/**
 * Set when a host in maintenance is no longer as the last run left it, and kept from then on: only the next such change
 * alters it, and so runs the command again. Its value is when the last run ended.
 */
export const AGAIN_VARIABLE = "LIVE_MIGRATE_MAINTAIN_AGAIN";

const OWNER = "LIVE_MIGRATE_MAINTENANCE_OWNER";

/** The maintenance that is asked about. */
export interface MaintenanceSubject {
  name: string;
  request: MaintenanceRequest;
  selection: CloudSelection;
  /** What the command gets, {@link AGAIN_VARIABLE} apart. */
  environment: Readonly<Record<string, string>>;
  /** URN of its command. */
  urn: string;
  /** `true`: this is a preview. */
  dryRun: boolean;
  resources: StackResources | undefined;
}

export interface AssessedMaintenance extends MaintenanceVerdict {
  /** The value of {@link AGAIN_VARIABLE}; undefined: none. */
  again: string | undefined;
}

/** Plans and judges one maintenance. An `up` looks only whether hosts are still as the last run left them. */
export async function assessMaintenance(
  planner: MaintenancePlanner,
  { name, request, selection, environment, urn, dryRun, resources }: MaintenanceSubject,
): Promise<AssessedMaintenance> {
  const last: LastMaintenance = resources ? lastMaintenanceOf(resources, urn) : { kind: "unreadable" };
  const kept = last.kind === "known" ? last.environment[AGAIN_VARIABLE] : undefined;
  const lines: AssessedMaintenance["lines"] = [];
  let again = kept;
  if (!getsOther(last, environment)) {
    const document = last.kind === "known" ? last.document : null;
    if (document === null) return { lines, problems: [], plan: null, again };
    const changes = await planner.changes(document, environment[OWNER] ?? "", selection);
    if (!changes.known) {
      const hosts = Object.keys(request).join(", ");
      lines.push({ level: "warn", text: `not checked: whether ${hosts} is still empty: ${changes.reason}` });
    } else {
      lines.push(...changes.value.map((text) => ({ level: "warn" as const, text })));
      if (changes.value.length > 0) again = document.timings.finishedAt;
    }
    if (again === kept) return { lines, problems: [], plan: null, again };
  }
  if (!dryRun) return { lines, problems: [], plan: null, again };
  if (Object.keys(request).length === 0 && last.kind !== "known") {
    // Declared for what an `up` that failed has begun, and for nothing else.
    const begun = await planner.changes({ hosts: {} }, environment[OWNER] ?? "", selection);
    const texts = begun.known ? begun.value : [`not checked: what an \`up\` that failed has begun: ${begun.reason}`];
    return { lines: texts.map((text) => ({ level: "warn" as const, text })), problems: [], plan: null, again };
  }
  const verdict = judgeMaintenance({
    name,
    request,
    last: last.kind === "known" ? last.document : null,
    plan: await planner.plan(request, selection),
    own: ownServers(resources ?? {}),
  });
  return { ...verdict, lines: [...lines, ...verdict.lines], again };
}

/** Whether the command gets other variables than last time. What is not known counts as another one. */
function getsOther(last: LastMaintenance, wanted: Readonly<Record<string, string>>): boolean {
  if (last.kind !== "known") return true;
  const names = new Set([...Object.keys(last.environment), ...Object.keys(wanted)]);
  names.delete(AGAIN_VARIABLE);
  return [...names].some((name) => last.environment[name] !== wanted[name]);
}
