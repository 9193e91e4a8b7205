/** The engine as functions, for programs without Pulumi and without the command. */
import { connect as connectServices, type CloudOptions } from "../openstack/cloud.ts";
import type { CloudSelection } from "../openstack/auth/clouds-config.ts";
import type { Problem } from "../openstack/problems.ts";
import { systemClock } from "./clock.ts";
import type { CloudApi } from "./cloud/cloud-api.ts";
import { OpenStackCloud } from "./cloud/openstack-cloud.ts";
import type { PlanDocument } from "./contract/plan-document.ts";
import type { MigrationRecord } from "./contract/record.ts";
import { BadInput } from "./contract/request-input.ts";
import {
  MigrationRequestSchema,
  REQUEST_SETTINGS,
  type MigrationRequest,
  type MigrationRequestInput,
} from "./contract/request.ts";
import { fixOf, type Setting } from "./contract/setting.ts";
import { decideCold } from "./engine/cold/confirm-or-revert.ts";
import { control } from "./engine/control.ts";
import { Journal } from "./engine/journal.ts";
import type { RunContext } from "./engine/run-context.ts";
import { run as runMove, verifyOnly } from "./engine/run.ts";
import { plan as decide, planDocument, planScope } from "./plan/plan.ts";
import type { Progress } from "./progress.ts";

/** A cloud for the functions of this module, and the connections that belong to it. */
export type ConnectedCloud = CloudApi & AsyncDisposable;

/** How a run is watched and stopped. */
export interface RunOptions {
  /** Gets what happens, as it happens. @default nobody is told */
  onProgress?: Progress;
  /** Aborted: stop watching. The migration goes on, and the record's outcome is `still-running`. @default never */
  signal?: AbortSignal;
  /** The record of the last run for this server, to recognize a move that an earlier run began. @default none */
  previous?: MigrationRecord;
  /** Directory of the journal, which lets a run after a crash report more. @default `$XDG_STATE_HOME` */
  stateDirectory?: string;
}

/**
 * Finds a cloud's configuration as the `openstack` client does (clouds.yaml, `OS_*`), and authenticates.
 *
 * @throws OpenStackError if the configuration is wrong, the cloud does not answer, or it refuses the credentials
 * @example
 * await using cloud = await connect({ cloud: "prod" });
 */
export async function connect(selection: CloudSelection = {}, options: CloudOptions = {}): Promise<ConnectedCloud> {
  const cloud = await connectServices(selection, options);
  return Object.assign(new OpenStackCloud(cloud), {
    [Symbol.asyncDispose]: () => cloud.session.close(),
  });
}

/**
 * Plans a move: what a run would do, and every reason that stops it. Only reads.
 *
 * @throws BadInput, NotFound, CloudLost
 * @example
 * const { action, findings } = await plan(cloud, { server: "admin_vm01", host: "node-31" });
 */
export async function plan(cloud: CloudApi, input: MigrationRequestInput): Promise<PlanDocument> {
  const request = checked(input);
  const scope = planScope(request);
  const snapshot = await cloud.snapshot(await cloud.resolveServer(request.server, scope), scope);
  return planDocument(decide(request, snapshot), snapshot);
}

/**
 * Moves a server unless it is on the target host already, and verifies it. Safe to repeat after an end of any kind.
 * The record says what became of it: a failed or refused move is no exception.
 *
 * @throws BadInput, NotFound, CloudLost, OutcomeUnknown, ServerGone
 * @example
 * const record = await run(cloud, { server: "admin_vm01", host: "node-31" }, { onProgress: console.log });
 * process.exitCode = EXIT_CODES[record.outcome];
 */
export async function run(
  cloud: CloudApi,
  input: MigrationRequestInput,
  options: RunOptions = {},
): Promise<MigrationRecord> {
  return await runMove(checked(input), contextOf(cloud, options));
}

/** Verifies that a server is on the target host, without moving it. @throws as {@link run} */
export async function verify(
  cloud: CloudApi,
  input: MigrationRequestInput,
  options: RunOptions = {},
): Promise<MigrationRecord> {
  return await verifyOnly(checked(input), contextOf(cloud, options));
}

/** Aborts the live migration in flight, and verifies the result. @throws as {@link run}; NotFound also if none is in flight */
export async function abort(cloud: CloudApi, server: string, options: RunOptions = {}): Promise<MigrationRecord> {
  return await control("abort", server, contextOf(cloud, options));
}

/** Forces the live migration in flight to complete, which pauses the guest, and verifies the result. @throws as {@link abort} */
export async function forceComplete(
  cloud: CloudApi,
  server: string,
  options: RunOptions = {},
): Promise<MigrationRecord> {
  return await control("force-complete", server, contextOf(cloud, options));
}

/** What {@link confirm} and {@link revert} need to know of a server. */
export type ColdDecision = Pick<MigrationRequestInput, "server" | "guest" | "volumeIds">;

/** Verifies a cold migration that waits on its destination, and confirms it. @throws as {@link run} */
export async function confirm(
  cloud: CloudApi,
  input: ColdDecision,
  options: RunOptions = {},
): Promise<MigrationRecord> {
  return await decideCold("confirm", withAnyHost(input), contextOf(cloud, options));
}

/** Reverts a cold migration that waits on its destination, and verifies the server on its source. @throws as {@link run} */
export async function revert(cloud: CloudApi, input: ColdDecision, options: RunOptions = {}): Promise<MigrationRecord> {
  return await decideCold("revert", withAnyHost(input), contextOf(cloud, options));
}

/** The host is that of the migration. */
const withAnyHost = (input: ColdDecision) => checked({ ...input, host: "unknown" });

const NEVER = new AbortController().signal;

function contextOf(cloud: CloudApi, options: RunOptions): RunContext {
  const { onProgress = () => undefined, signal = NEVER, previous = null, stateDirectory } = options;
  return {
    cloud,
    clock: systemClock,
    journal: new Journal(stateDirectory === undefined ? process.env : { XDG_STATE_HOME: stateDirectory }),
    progress: onProgress,
    previous,
    interrupted: signal,
    // Whoever stops watching may still call `abort`.
    abortAsked: () => Promise.resolve(false),
  };
}

/** @throws BadInput with every problem */
function checked(input: MigrationRequestInput): MigrationRequest {
  const { data, error } = MigrationRequestSchema.safeParse(input);
  if (data) return data;
  throw new BadInput(error.issues.map(({ path, message }) => problemAt(input, path, message)));
}

function problemAt(input: unknown, path: PropertyKey[], problem: string): Problem {
  const value = path.reduce<unknown>((all, key) => (all as Record<PropertyKey, unknown> | undefined)?.[key], input);
  const setting = (REQUEST_SETTINGS as Record<string, Setting>)[String(path[0])];
  const fix = setting === undefined ? `give only ${Object.keys(REQUEST_SETTINGS).join(", ")}` : fixOf(setting);
  return { path: path.map(String).join(".") || "request", value, problem, fix };
}
