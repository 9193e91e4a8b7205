import { hash } from "node:crypto";
import { sh } from "../../text/shell.ts";
import type { DrainDocument, Leftover } from "../contract/drain.ts";
import { CloudLost } from "../contract/failure.ts";
import { EXIT_CLOUD, EXIT_CODES } from "../contract/record.ts";
import type { RestoreDocument } from "../contract/restore.ts";
import { worstOf } from "../contract/several-servers.ts";
import { ROLL_SCHEMA_VERSION, type RolledHost, type RollDocument } from "../contract/roll.ts";
import { message } from "../message.ts";
import { hostsNamed, leftClosed } from "./close-hosts.ts";
import { drain } from "./drain.ts";
import type { DrainOptions } from "./drain-options.ts";
import type { HostJournal } from "./restore/host-journal.ts";
import type { HostService } from "./hosts-cloud.ts";
import type { HostsContext } from "./hosts-context.ts";
import { disabledBy, readMarker } from "./marker.ts";
import { restore } from "./restore/restore.ts";

/** What a roll is asked for. */
export interface RollOptions extends DrainOptions {
  /** Shell command of each host's maintenance; its first argument is the host's name. */
  command: string;
  /** Hosts that are drained and maintained together. @default 1 */
  batch: number;
  return: boolean;
  readySeconds: number;
  /** Forget how far an earlier roll of the same hosts and command came. @default false */
  restart: boolean;
}

export interface RollContext extends HostsContext {
  /** Runs the command with the host's name; resolves to its exit code. */
  runCommand: (command: string, host: string) => Promise<number>;
  journal: HostJournal;
}

/** A roll that stopped so long ago is another one: its hosts are to be maintained again. Milliseconds. */
const RESUMED_FOR = 7 * 24 * 3_600_000;

/**
 * Host after host, or batch after batch: empties it, runs the command, waits until it is ready, opens it and brings its
 * servers home if asked to. It stops at the first host with a problem, and the same call goes on there.
 *
 * @throws BadInput, CloudLost if nothing was done
 */
export async function roll(options: RollOptions, context: RollContext): Promise<RollDocument> {
  return await new Roll(options, context).run();
}

class Roll {
  readonly #options: RollOptions;
  readonly #context: RollContext;
  readonly #startedAt: number;
  readonly #rolled: RolledHost[] = [];
  /** Of the journal. */
  #key = "";
  /** What the reason of each host that it closes begins with. */
  #mark = "";
  #done: string[] = [];
  /** Hosts whose command has succeeded, and which are not open again yet. */
  #ran: string[] = [];

  constructor(options: RollOptions, context: RollContext) {
    this.#options = options;
    this.#context = context;
    this.#startedAt = context.clock.now();
  }

  async run(): Promise<RollDocument> {
    const { hosts, batch } = this.#options;
    await this.#resume();
    const left = hosts.filter((name) => !this.#done.includes(name));
    for (let at = 0; at < left.length; at += batch) {
      const ended = await this.#batch(left.slice(at, at + batch));
      this.#rolled.push(...ended);
      if (ended.some(({ state }) => state !== "done")) break;
    }
    if (this.#done.length === hosts.length) await this.#context.journal.remove(this.#key);
    return documentOf(this.#rolled, hosts, this.#startedAt, this.#context);
  }

  /** How far an earlier run of this very roll came. */
  async #resume(): Promise<void> {
    const { hosts, command, restart } = this.#options;
    const { cloud, journal, clock } = this.#context;
    const services = hostsNamed(await cloud.services(), hosts);
    // The services' uuids tell one cloud from another with hosts of the same names.
    const hashed = hash("sha256", JSON.stringify([services.map(({ serviceId }) => serviceId), command])).slice(0, 24);
    this.#key = `roll-${hashed}`;
    this.#mark = `roll ${hashed.slice(0, 12)}`;
    const kept = restart ? undefined : (await journal.read(this.#key))?.roll;
    if (kept !== undefined && clock.now() - Date.parse(kept.at) < RESUMED_FOR) {
      this.#done = kept.done.filter((name) => hosts.includes(name));
      this.#ran = [...kept.ran];
      this.#say(
        `this roll goes on where it stopped (${kept.at}); done: ${this.#done.join(", ") || "none"}; \`--restart\` begins anew`,
      );
    } else if (!restart && kept === undefined) {
      // Where this machine kept nothing: the host that this very roll has closed is where it stopped, and those before are done.
      const first = services.findIndex((host) => this.#isMarked(host));
      this.#done = services.slice(0, Math.max(0, first)).map(({ host }) => host);
    }
    for (const host of this.#done) this.#rolled.push({ host, state: "done-before", exitCode: 0, problem: null });
  }

  #isMarked(host: HostService): boolean {
    return !host.enabled && readMarker(host.disabledReason)?.reason.startsWith(this.#mark) === true;
  }

  async #batch(names: readonly string[]): Promise<RolledHost[]> {
    const all = (problem: string, exitCode: number, state: RolledHost["state"] = "stopped") =>
      names.map((host): RolledHost => ({ host, state, exitCode, problem }));
    if (this.#isStopped()) {
      return all("it was interrupted before this host", EXIT_CODES["still-running"], "not-begun");
    }
    try {
      const refused = this.#foreign(hostsNamed(await this.#context.cloud.services(), names));
      if (refused !== undefined) return all(refused, EXIT_CODES.refused);
      const waiting = names.filter((host) => !this.#ran.includes(host));
      if (waiting.length > 0) {
        const reason = `${this.#mark}: ${this.#options.reason}`;
        const drained = await drain({ ...this.#options, reason, hosts: waiting }, this.#context);
        if (!mayRun(drained)) return all(drained.summary, drained.exitCode);
        this.#say(drained.summary);
        if (this.#isStopped()) {
          return all(`it was interrupted before the command; ${leftClosed(waiting)}`, EXIT_CODES["still-running"]);
        }
      }
      const failed = await this.#runCommands(waiting);
      const ready = names.filter((host) => !failed.has(host));
      const opened = await this.#restore(ready);
      return names.map(
        (host) =>
          failed.get(host) ?? opened.get(host) ?? stoppedAt(host, "it was not opened", EXIT_CODES["needs-attention"]),
      );
    } catch (error) {
      if (!(error instanceof CloudLost)) throw error;
      return all(error.message, EXIT_CLOUD);
    }
  }

  /** Why a host is not this roll's to work on. */
  #foreign(hosts: readonly HostService[]): string | undefined {
    for (const host of hosts) {
      const why = host.disabledReason ?? "no reason";
      if (disabledBy(host) === "others") {
        return `${host.host} was disabled by others (${why}), who may be at work there`;
      }
      if (disabledBy(host) === "this-program" && !this.#isMarked(host)) {
        return message(
          `${host.host} is in another maintenance already (${why}), which is not this roll's to end`,
          sh`end that first: \`live-migrate restore ${host.host}\`; then run the same roll again`,
        );
      }
    }
    return undefined;
  }

  /** @returns the hosts whose command failed */
  async #runCommands(hosts: readonly string[]): Promise<Map<string, RolledHost>> {
    const { runCommand } = this.#context;
    const failed = new Map<string, RolledHost>();
    await Promise.all(
      hosts.map(async (host) => {
        const code = await runCommand(this.#options.command, host);
        if (code !== 0) failed.set(host, stoppedAt(host, commandFailed(host, code), EXIT_CODES["needs-attention"]));
        else {
          this.#ran.push(host);
          await this.#keep();
        }
      }),
    );
    return failed;
  }

  async #restore(hosts: readonly string[]): Promise<Map<string, RolledHost>> {
    const ended = new Map<string, RolledHost>();
    if (hosts.length === 0) return ended;
    const restored = await restore({ ...this.#options, hosts, since: null }, this.#context, this.#context.journal);
    this.#say(restored.summary);
    const isWhole = restored.exitCode === 0 && isOpen(restored);
    for (const host of hosts) {
      if (isWhole) {
        ended.set(host, { host, state: "done", exitCode: 0, problem: null });
        this.#done.push(host);
        this.#ran = this.#ran.filter((one) => one !== host);
      } else {
        ended.set(host, stoppedAt(host, restored.summary, restored.exitCode || EXIT_CODES["needs-attention"]));
      }
    }
    await this.#keep();
    return ended;
  }

  async #keep(): Promise<void> {
    const at = new Date(this.#context.clock.now()).toISOString();
    await this.#context.journal.write(this.#key, { roll: { done: this.#done, ran: this.#ran, at } });
  }

  #isStopped(): boolean {
    return this.#context.stop.aborted;
  }

  #say(text: string): void {
    this.#context.progress({ kind: "step", text });
  }
}

const stoppedAt = (host: string, problem: string, exitCode: number): RolledHost => ({
  host,
  state: "stopped",
  exitCode,
  problem,
});

/** Whether nothing runs there, and every move ended well: proven empty, or but for servers that are shut off and were to be left. Pure. */
export function mayRun({ exitCode, hosts, moves }: Pick<DrainDocument, "exitCode" | "hosts" | "moves">): boolean {
  if (exitCode === 0) return true;
  const last = new Map(moves.map((move) => [move.server.id, move.exitCode]));
  const left = ({ kind, status, asRequested }: Leftover) => kind === "server" && status === "SHUTOFF" && asRequested;
  return (
    exitCode === EXIT_CODES["needs-attention"] &&
    [...last.values()].every((code) => code === 0) &&
    hosts.every(
      ({ state, checks, leftovers }) =>
        state === "empty" ||
        (state === "draining" &&
          leftovers.length > 0 &&
          leftovers.every(left) &&
          checks.every(({ check, outcome }) => outcome === "passed" || check === "no-servers")),
    )
  );
}

const isOpen = ({ hosts }: RestoreDocument): boolean => hosts.every(({ state }) => state === "open");

const commandFailed = (host: string, code: number) =>
  `the command for ${host} exited ${code}; ${host} is empty and stays disabled: repair it, then run the same roll again, or ${sh`\`live-migrate restore ${host}\``}`;

function documentOf(
  rolled: RolledHost[],
  all: readonly string[],
  startedAt: number,
  { clock, cloud }: HostsContext,
): RollDocument {
  const bad = rolled.filter(({ problem }) => problem !== null);
  const done = rolled.filter(({ state }) => state.startsWith("done")).length;
  const problems = [...new Set(bad.map(({ problem }) => problem))].join("; ");
  const rest = all.filter((host) => !rolled.some((one) => one.host === host));
  const waits: RolledHost[] = rest.map((host) => ({ host, state: "not-begun", exitCode: 0, problem: null }));
  return {
    schemaVersion: ROLL_SCHEMA_VERSION,
    summary:
      bad.length === 0
        ? `${done} of ${all.length} hosts done`
        : `stopped at ${bad.map(({ host }) => host).join(", ")}, ${done} of ${all.length} hosts done: ${problems}`,
    exitCode: worstOf(rolled.map(({ exitCode }) => exitCode)),
    hosts: [...rolled, ...waits],
    timings: {
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(clock.now()).toISOString(),
      totalSeconds: (clock.now() - startedAt) / 1000,
    },
    requests: { total: cloud.requestCount() },
  };
}
