import * as pulumi from "@pulumi/pulumi";
import type { DiskUse } from "../../migration/guest/disk-use.ts";
import type { GuestCheckInput } from "../../migration/contract/settings.ts";
import { guestDisks } from "./guest-disks.ts";
import { liveServer, type LiveServer } from "../state/live-server.ts";
import { formatProblems, type Problem } from "../../openstack/problems.ts";
import { serverChanges, type WantedServer } from "./server-changes.ts";
import { readStackResources, type StackResources } from "../state/stack-state.ts";
import { textOf } from "../texts.ts";

/** A server that the program declares, as the guard is asked about it. */
export interface GuardedServer {
  name: string;
  /** URN of its `Instance`. */
  urn: string;
  wanted: WantedServer;
  /** How to look into the guest; null: not at all. */
  guest: GuestCheckInput | null;
  /** Keys of the data volumes that are detached whatever the guest does with them. */
  forceDetach: readonly string[];
}

/**
 * States that stay as they are: whether a server runs is its operators' business, and an `up` that says nothing would
 * start it. All others are left to the provider's default, `active`: a refresh in the middle of a move reads `migrating`,
 * which it takes back from nobody, and sees no change in.
 */
const RESTING = new Set(["shutoff", "shelved", "shelved_offloaded"]);

/** What was found out about one server. */
export interface Judgement {
  problems: Problem[];
  lines: { level: "info" | "warn"; text: string }[];
  /** Whether it runs, where the program must say so lest that be changed. */
  powerState?: string;
}

/** What the guard needs of the world; tests give their own. */
export interface ServerGuardOptions {
  /** @default the stack's own */
  resources?: () => Promise<StackResources>;
  /** @default over ssh */
  disks?: typeof guestDisks;
  /** Ends the program. @default by an error that nobody handles, which Pulumi shows as it is */
  fail?: (error: pulumi.RunError) => void;
}

/**
 * Refuses changes that would replace or restart a running server, or lose data, with an explanation of each, before
 * anything is changed: the server's resources wait for its word, in previews and in `up`.
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

  /** Looks at one server. Reads only. */
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
   * Resolves if the server may be changed as declared. If it may not, the program ends with every problem.
   *
   * @param together wait for the program's other servers, so that all problems are told at once and no server is
   *   changed if one is refused; not for a server whose arguments depend on other resources: those would wait for it
   */
  async admit(judging: Promise<Judgement>, together: boolean): Promise<void> {
    if (!together) {
      await this.#settle([judging]);
      return;
    }
    this.#waiting.push(judging);
    // The program declares its servers at one go: when that is over, all are here.
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
    // What is wrong for all servers together is told once.
    const problems = [...new Map(all.map((one) => [one.path, one])).values()];
    if (problems.length === 0) return;
    const error = new pulumi.RunError(formatProblems(textOf("refused-changes"), problems));
    // Pulumi hides a RunError's stack only while the program's file is still being run.
    error.stack = error.message;
    this.#options.fail(error);
    // Rejected, each resource that waits would tell the problems again, in its own wrapping.
    await new Promise<never>(() => undefined);
  }
}

/** Without the last state nobody can say what a change would do to a server that runs. */
function unreadable({ message }: Error): Problem {
  return {
    path: "the stack's last state",
    value: undefined,
    problem: `cannot be read, so that nobody knows what would become of servers that run: ${message}`,
    fix: "see to the stack's backend, then run it again",
  };
}

/** What comes of a data volume that is no more declared. */
function detaching(
  { name, forceDetach }: GuardedServer,
  { keepsVolumes }: LiveServer,
  { key, volume }: { key: string; volume: LiveServer["bootVolume"] },
  use: DiskUse = { state: "unknown", reason: textOf("nobody-looked") },
): Judgement {
  const kept = volume.made === null || keepsVolumes;
  const fate = textOf(kept ? "kept" : "deleted");
  const detached = textOf("detached", { volume: key, id: volume.id, server: name, fate });
  if (use.state === "free") {
    return { problems: [], lines: [{ level: "info", text: textOf("detached-unused", { detached }) }] };
  }
  const found =
    use.state === "in-use" ? textOf("guest-uses-it", { uses: use.by.join(", ") }) : textOf("guest-may-use-it", use);
  if (forceDetach.includes(key)) {
    const finding = textOf(use.state === "in-use" ? "although-used" : "use-not-checked", { found });
    return { problems: [], lines: [{ level: "warn", text: textOf("detached-by-force", { detached, finding }) }] };
  }
  return {
    problems: [
      {
        path: `dataVolumes.${key}`,
        value: undefined,
        problem:
          use.state === "in-use"
            ? `the volume would be detached, but ${found}`
            : `the volume would be detached, but not checked is ${found}`,
        fix:
          (use.state === "in-use" ? "unmount it in the guest first" : "make the guest's check work (guest)") +
          `; or declare it again; or name it in forceDetach`,
      },
    ],
    lines: [],
  };
}

let shared: ServerGuard | undefined;

/** The guard that all servers of a program share. */
export const sharedGuard = (): ServerGuard => (shared ??= new ServerGuard());
