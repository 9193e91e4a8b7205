import * as pulumi from "@pulumi/pulumi";
import type { DiskUse } from "../../migration/guest/disk-use.ts";
import type { GuestCheckInput } from "../../migration/contract/settings.ts";
import { guestDisks } from "./guest-disks.ts";
import { liveServer, type LiveServer } from "../state/live-server.ts";
import { formatProblems, type Problem } from "../../openstack/problems.ts";
import { serverChanges, type WantedServer } from "./server-changes.ts";
import { readStackResources, type StackResources } from "../state/stack-state.ts";

/** A declared server, as the guard judges it. */
export interface GuardedServer {
  name: string;
  /** URN of its `Instance`. */
  urn: string;
  wanted: WantedServer;
  /** How to check the guest; null: not at all. */
  guest: GuestCheckInput | null;
  /** Keys of the data volumes to detach even if the guest uses them. */
  forceDetach: readonly string[];
}

/**
 * Power states that the program declares as they are: operators decide whether a server runs, and without a declared
 * state an `up` would start it. For all others the provider's default `active` stays: a refresh during a migration
 * reads `migrating`, which the provider does not treat as a change.
 */
const RESTING = new Set(["shutoff", "shelved", "shelved_offloaded"]);

/** The result for one server. */
export interface Judgement {
  problems: Problem[];
  lines: { level: "info" | "warn"; text: string }[];
  /** Power state to declare, so that the provider does not change it. */
  powerState?: string;
}

/** Dependencies that tests replace. */
export interface ServerGuardOptions {
  /** @default the stack's own */
  resources?: () => Promise<StackResources>;
  /** @default over ssh */
  disks?: typeof guestDisks;
  /** Ends the program. @default throws an unhandled error, which Pulumi shows as it is */
  fail?: (error: pulumi.RunError) => void;
}

/**
 * Refuses changes that would replace or restart a running server, or lose data, and explains each. It does so before
 * anything is changed: the server's resources wait for it, in previews and in `up`.
 */
export class ServerGuard {
  readonly #options: Required<ServerGuardOptions>;
  #resources: Promise<StackResources> | undefined;
  #waiting: Promise<Judgement>[] = [];
  #verdict: Promise<void> | undefined;

  constructor(options: ServerGuardOptions = {}) {
    this.#options = {
      resources: readStackResources,
      disks: guestDisks,
      fail: (error) => {
        setImmediate(() => {
          throw error;
        });
      },
      ...options,
    };
  }

  /** Judges one server. Reads only. */
  async judge(server: GuardedServer): Promise<Judgement> {
    this.#resources ??= this.#options.resources();
    let resources: StackResources;
    try {
      resources = await this.#resources;
    } catch (error) {
      return { problems: [unreadable(error as Error)], lines: [] };
    }
    const live = liveServer(resources, server.urn, server.name);
    if (!live) return { problems: [], lines: [] };
    const { problems, removed, warnings } = serverChanges(server.wanted, live);
    const uses =
      removed.length === 0
        ? []
        : await this.#options.disks(
            server.guest,
            live.address,
            removed.map(({ volume }) => volume.id),
          );
    const detached = removed.map((one, i) => detaching(server, live, one, uses[i]));
    return {
      problems: [...problems, ...detached.flatMap((one) => one.problems)].map(({ path, ...rest }) => ({
        path: `${server.name}.${path}`,
        ...rest,
      })),
      lines: [
        ...warnings.map((text) => ({ level: "warn" as const, text: `${server.name}: ${text}` })),
        ...detached.flatMap((one) => one.lines),
      ],
      ...(RESTING.has(live.powerState) && { powerState: live.powerState }),
    };
  }

  /**
   * Resolves if the server may be changed as declared. Otherwise the program ends with every problem.
   *
   * @param together wait for the program's other servers, so that all problems are reported at once and no server is
   *   changed if one is refused; false for a server whose arguments depend on other resources: those would wait for it
   */
  async admit(judging: Promise<Judgement>, together: boolean): Promise<void> {
    if (!together) {
      await this.#settle([judging]);
      return;
    }
    this.#waiting.push(judging);
    // The program declares its servers in one synchronous pass: after it, all are here.
    this.#verdict ??= new Promise((resolve) => setImmediate(resolve)).then(async () => {
      const all = this.#waiting;
      this.#waiting = [];
      this.#verdict = undefined;
      await this.#settle(all);
    });
    await this.#verdict;
  }

  async #settle(judging: Promise<Judgement>[]): Promise<void> {
    const all = (await Promise.all(judging)).flatMap((judgement) => judgement.problems);
    // A problem that all servers share is reported once.
    const problems = [...new Map(all.map((one) => [one.path, one])).values()];
    if (problems.length === 0) return;
    const error = new pulumi.RunError(formatProblems("the changes; none of these servers was changed", problems));
    // Pulumi hides a RunError's stack only while the program's file is still being run.
    error.stack = error.message;
    this.#options.fail(error);
    // If this were rejected, each waiting resource would report the problems again.
    await new Promise<never>(() => undefined);
  }
}

/** Without the state, the effect of a change on a running server is unknown. */
function unreadable({ message }: Error): Problem {
  return {
    path: "the stack's last state",
    problem: `cannot be read, so the effect of a change on running servers is unknown: ${message}`,
    fix: "check the stack's backend, then run this again",
  };
}

/** What happens to a data volume that is no longer declared. */
function detaching(
  { name, forceDetach }: GuardedServer,
  { keepsVolumes }: LiveServer,
  { key, volume }: { key: string; volume: LiveServer["bootVolume"] },
  use: DiskUse = { state: "unknown", reason: "it was not asked" },
): Judgement {
  const kept = volume.made === null || keepsVolumes;
  const fate = kept ? "it is kept in Cinder" : "it is deleted, because the server is not protected (protect: false)";
  const detached = `${key} (${volume.id}) is detached from ${name}; ${fate}`;
  if (use.state === "free") {
    return { problems: [], lines: [{ level: "info", text: `${detached}; the guest does not use it` }] };
  }
  const [found, fix] =
    use.state === "in-use"
      ? [`the guest uses it (${use.by.join(", ")})`, "unmount it in the guest first"]
      : [`not checked: whether the guest uses it: ${use.reason}`, "make the guest's check work (guest)"];
  if (forceDetach.includes(key)) {
    const finding = use.state === "in-use" ? `although ${found}` : found;
    return { problems: [], lines: [{ level: "warn", text: `${detached}; ${finding} (forceDetach)` }] };
  }
  return {
    problems: [
      {
        path: `dataVolumes.${key}`,
        problem: `the volume would be detached, but ${found}`,
        fix: `${fix}; or declare it again; or name it in forceDetach`,
      },
    ],
    lines: [],
  };
}

let shared: ServerGuard | undefined;

/** The guard that all servers of a program share. */
export const sharedGuard = (): ServerGuard => (shared ??= new ServerGuard());
