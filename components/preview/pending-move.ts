import * as pulumi from "@pulumi/pulumi";
import { MigrationRequestSchema, type MigrationRequest } from "../../migration/contract/request.ts";
import { knownValue } from "../known-value.ts";
import type { LiveMigrationArgs } from "../live-migration-args.ts";
import { isCold, migrationEnvironment } from "../migration-environment.ts";
import { maintainedHosts } from "../maintained-hosts.ts";
import { maintenanceOf, ontoMaintained } from "./home-in-maintenance.ts";
import {
  assess,
  AVOID_VARIABLE,
  DRIFT_VARIABLE,
  UNPINNED_VARIABLE,
  type Assessment,
  type LastRun,
} from "./preview-verdict.ts";
import type { NotPlanned, SurveyedPlan } from "../../migration/plan/survey.ts";
import type { MovePlanner } from "./move-planner.ts";

const NOTHING: Assessment = { lines: [], problems: [], marker: undefined, move: null, plan: null };

/** An assessment, and whether the command gets the fact that its server was created without a pinned zone. */
export interface AssessedMove extends Assessment {
  unpinned: boolean;
  /** Hosts in maintenance that the command gets; undefined: none. */
  avoid: string[] | undefined;
  /** The zone that the server is in after this run; undefined: not known. */
  zone: string | undefined;
}

/** The migration that is asked about. */
export interface Subject {
  name: string;
  args: LiveMigrationArgs;
  /** URN of its command. */
  urn: string;
  /** `true`: this is a preview. */
  dryRun: boolean;
}

/**
 * Plans and judges one migration. There are no messages about a server that `up` will create, or whose place only `up`
 * will know. An `up` checks only for drift, and only if it does not run the engine, which makes its own plan.
 */
export async function assessMove(planner: MovePlanner, { name, args, urn, dryRun }: Subject): Promise<AssessedMove> {
  const [lastRun, request, onDrift, environment, maintained, host] = await Promise.all([
    planner.lastRun(urn),
    knownRequest(args),
    knownValue(pulumi.output(args.onDrift)),
    knownValue(pulumi.output(migrationEnvironment(args))),
    maintainedHosts(),
    knownValue(pulumi.output(args.host)),
  ]);
  const kept = lastRun.kind === "known" ? lastRun.environment[DRIFT_VARIABLE] : undefined;
  const policy = onDrift ?? "restore";
  const runs = getsOther(lastRun, environment);
  const { environment: last = {}, createdUnpinned = false } = lastRun.kind === "known" ? lastRun : {};
  const knows = createdUnpinned && last["LIVE_MIGRATE_SERVER"] === environment?.["LIVE_MIGRATE_SERVER"];
  // This fact alone must not run the command.
  const isPassedOn = (runsAnyway: boolean) => knows && (runsAnyway || last[UNPINNED_VARIABLE] !== undefined);
  // Nor must these: a maintenance that begins or ends is no change of a move.
  const avoid = (runsAnyway: boolean) => (runsAnyway ? listed([...maintained.keys()]) : listed(namesIn(last)));
  if (!request || (!dryRun && (policy !== "restore" || runs))) {
    const problems = dryRun ? ontoMaintained({ name, host, lastRun, maintained }) : [];
    return { ...NOTHING, problems, marker: kept, unpinned: isPassedOn(runs), avoid: avoid(runs), zone: undefined };
  }
  const wanted = { server: request.server, host: request.host, zone: request.zone };
  const [plan, brought] = await Promise.all([
    planner.plan({ ...request, createdUnpinned: knows, ...(maintained.size > 0 && { avoid: [...maintained.keys()] }) }),
    planner.broughtBy(),
  ]);
  const maintenance = maintenanceOf({ server: request.server, host, maintained, brought });
  const assessed = assess({ name, wanted, lastRun, onDrift: policy, plan, runs, maintenance });
  const willRun = runs || assessed.marker !== kept;
  return { ...assessed, unpinned: isPassedOn(willRun), avoid: avoid(willRun), zone: zoneAfter(plan, assessed) };
}

const namesIn = (last: Readonly<Record<string, string>>) => last[AVOID_VARIABLE]?.split(",") ?? [];
const listed = (names: readonly string[]) => (names.length === 0 ? undefined : names.toSorted());

function zoneAfter(plan: SurveyedPlan | NotPlanned, { move }: Assessment): string | undefined {
  if (!plan.planned) return undefined;
  const { action, source, destination } = plan.document;
  return (move !== null || action === "adopt" ? destination : source).availabilityZone ?? undefined;
}

/** Whether the command gets other variables than last time, drift and pin apart. What is not known counts as another one. */
function getsOther(last: LastRun, wanted: Readonly<Record<string, string>> | undefined): boolean {
  if (last.kind !== "known" || wanted === undefined) return true;
  const names = new Set([...Object.keys(last.environment), ...Object.keys(wanted)]);
  names.delete(DRIFT_VARIABLE);
  names.delete(UNPINNED_VARIABLE);
  names.delete(AVOID_VARIABLE);
  return [...names].some((name) => last.environment[name] !== wanted[name]);
}

/** The request to plan, as far as it is known; undefined while the server or its place is not. The plan needs no guest. */
async function knownRequest(args: LiveMigrationArgs): Promise<MigrationRequest | undefined> {
  const { serverId: server, guest, onDrift, kind, allowRestart, ...rest } = args;
  const values = Object.entries({ ...rest, server, cold: isCold(args) }).map(
    async ([name, input]) => [name, await knownValue<unknown>(pulumi.output(input))] as const,
  );
  // Volumes that are made only now cannot be missed.
  const given = (await Promise.all(values)).filter(([, value]) => value !== undefined);
  return MigrationRequestSchema.safeParse(Object.fromEntries(given)).data;
}
