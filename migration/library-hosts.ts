/** Whole hosts as functions: their drain and their return. */
import type * as z from "zod/mini";
import type { CloudSelection } from "../openstack/auth/clouds-config.ts";
import { connect, type CloudOptions } from "../openstack/cloud.ts";
import { systemClock } from "./clock.ts";
import type { DrainDocument, DrainPlanDocument } from "./contract/drain.ts";
import { DrainInputSchema, RestoreInputSchema, type DrainInput, type RestoreInput } from "./contract/drain-input.ts";
import type { HostsDocument } from "./contract/hosts.ts";
import { BadInput } from "./contract/request-input.ts";
import type { RestoreDocument } from "./contract/restore.ts";
import { Journal } from "./engine/journal.ts";
import { drain as drainHosts, previewDrain } from "./hosts/drain.ts";
import { drainPlanDocument } from "./hosts/drain-document.ts";
import type { HostsContext } from "./hosts/hosts-context.ts";
import { inventory } from "./hosts/inventory.ts";
import { moverOf } from "./hosts/mover.ts";
import { OpenStackHosts } from "./hosts/openstack-hosts.ts";
import { HostJournal } from "./hosts/restore/host-journal.ts";
import { restore as restoreHosts } from "./hosts/restore/restore.ts";
import type { Progress } from "./progress.ts";

/** How the maintenance of hosts is watched and stopped. */
export interface HostsRunOptions {
  /** Gets what happens, as it happens; `server` is given for what concerns one move. @default nobody is told */
  onProgress?: (event: Parameters<Progress>[0], server?: { id: string; name: string }) => void;
  /** Aborted: start no more moves. Those under way go on to their ends. @default never */
  signal?: AbortSignal;
  /** Directory of the journals. @default `$XDG_STATE_HOME` */
  stateDirectory?: string;
}

/** The hosts of a cloud, and the connections that belong to it. */
export interface ConnectedHosts extends AsyncDisposable {
  /** For the functions about hosts. @internal */
  context: (options: HostsRunOptions) => HostsContext & { journal: HostJournal };
}

/**
 * Finds a cloud's configuration as the `openstack` client does, and authenticates. An administrator's account is needed:
 * docs/hosts.md lists the rights.
 *
 * @throws OpenStackError if the configuration is wrong, the cloud does not answer, or it refuses the credentials
 * @example
 * await using hosts = await connectHosts({ cloud: "prod" });
 */
export async function connectHosts(
  selection: CloudSelection = {},
  options: CloudOptions = {},
): Promise<ConnectedHosts> {
  const openstack = await connect(selection, options);
  const never = new AbortController().signal;
  return {
    context: ({ onProgress = () => undefined, signal = never, stateDirectory }) => {
      const env = stateDirectory === undefined ? process.env : { XDG_STATE_HOME: stateDirectory };
      const cloud = new OpenStackHosts(openstack);
      const move = moverOf(openstack, cloud, {
        journal: new Journal(env),
        interrupted: never,
        progressOf: (server) => (event) => {
          onProgress(event, server);
        },
        say: () => undefined,
      });
      return { cloud, clock: systemClock, progress: onProgress, move, stop: signal, journal: new HostJournal(env) };
    },
    [Symbol.asyncDispose]: () => openstack.session.close(),
  };
}

/** Shows hosts as they are: state, servers, free capacity. @param names @default all */
export async function listHosts(hosts: ConnectedHosts, names: readonly string[] = []): Promise<HostsDocument> {
  return await inventory(names, hosts.context({}));
}

/**
 * Plans a drain: where each server would go, and what stops it. Only reads.
 *
 * @throws BadInput, CloudLost
 * @example
 * const { moves, stays } = await planDrain(hosts, { hosts: ["node-28"] });
 */
export async function planDrain(hosts: ConnectedHosts, input: DrainInput): Promise<DrainPlanDocument> {
  const options = checked(DrainInputSchema, input);
  const { plan, findings, changes } = await previewDrain(options, hosts.context({}));
  return drainPlanDocument(plan, findings, options, changes);
}

/**
 * Disables hosts, moves all of their servers away, and proves them empty. Safe to repeat after an end of any kind. What
 * went wrong is in the document, with its exit code: a host that is not empty is no exception.
 *
 * @throws BadInput, CloudLost if nothing was moved
 * @example
 * const { exitCode, hosts } = await drain(connected, { hosts: ["node-28"], reason: "kernel" });
 */
export async function drain(
  hosts: ConnectedHosts,
  input: DrainInput,
  options: HostsRunOptions = {},
): Promise<DrainDocument> {
  return await drainHosts(checked(DrainInputSchema, input), hosts.context(options));
}

/** Waits until hosts are ready, enables those that a drain disabled, and brings servers home if asked to. @throws as {@link drain} */
export async function restore(
  hosts: ConnectedHosts,
  input: RestoreInput,
  options: HostsRunOptions = {},
): Promise<RestoreDocument> {
  const context = hosts.context(options);
  return await restoreHosts(checked(RestoreInputSchema, input), context, context.journal);
}

/** @throws BadInput with every problem */
function checked<T extends z.ZodMiniType>(schema: T, input: unknown): z.output<T> {
  const { data, error } = schema.safeParse(input);
  if (error === undefined) return data;
  throw new BadInput(
    error.issues.map(({ path, message }) => {
      const value = path.reduce<unknown>((all, key) => (all as Record<PropertyKey, unknown> | undefined)?.[key], input);
      return {
        path: path.map(String).join(".") || "options",
        value,
        problem: message,
        fix: "see `DrainInput` and `RestoreInput`",
      };
    }),
  );
}
