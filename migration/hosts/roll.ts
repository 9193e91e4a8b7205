import { hash } from "node:crypto";
import { sh } from "../../text/shell.ts";
import type { DrainDocument } from "../contract/drain.ts";
import { EXIT_CODES } from "../contract/record.ts";
import type { RestoreDocument } from "../contract/restore.ts";
import { ROLL_SCHEMA_VERSION, type RolledHost, type RollDocument } from "../contract/roll.ts";
import { hostsNamed } from "./close-hosts.ts";
import { drain } from "./drain.ts";
import type { DrainOptions } from "./drain-options.ts";
import type { HostJournal } from "./restore/host-journal.ts";
import type { HostsContext } from "./hosts-context.ts";
import { disabledBy, readMarker } from "./marker.ts";
import { restore } from "./restore/restore.ts";

/** What a roll is asked for. */
export interface RollOptions extends Omit<DrainOptions, "hosts"> {
  hosts: readonly string[];
  /** Shell command of each host's maintenance; its first argument is the host's name. */
  command: string;
  return: boolean;
  readySeconds: number;
}

export interface RollContext extends HostsContext {
  /** Runs the command with the host's name; resolves to its exit code. */
  runCommand: (command: string, host: string) => Promise<number>;
  journal: HostJournal;
}

/**
 * Host after host: empties it, runs the command, waits until it is ready, opens it and brings its servers home if asked
 * to. It stops at the first host with a problem, and the same call goes on there.
 *
 * @throws BadInput, CloudLost
 */
export async function roll(options: RollOptions, context: RollContext): Promise<RollDocument> {
  const { clock, cloud, journal } = context;
  const startedAt = clock.now();
  const services = hostsNamed(await cloud.services(), options.hosts);
  // The services' uuids tell one cloud from another with hosts of the same names.
  const key = `roll-${hash("sha256", JSON.stringify([services.map(({ serviceId }) => serviceId), options.command])).slice(0, 24)}`;
  const kept = (await journal.read(key))?.roll ?? { done: [], ran: null };
  // Where this machine kept nothing: the host that this very roll has closed is where it stopped, and those before are done.
  const mark = `roll ${key.slice(5, 17)}`;
  const marked = services.findIndex(
    (host) => readMarker(host.disabledReason)?.reason.startsWith(mark) === true && !host.enabled,
  );
  const known = kept.done.length > 0 || kept.ran !== null;
  const done = known ? kept.done : services.slice(0, Math.max(0, marked)).map(({ host }) => host);
  const rolled: RolledHost[] = done.map((host) => ({ host, state: "done-before", exitCode: 0, problem: null }));
  let { ran } = kept;
  for (const host of options.hosts.filter((name) => !done.includes(name))) {
    const one = await rollOne(host);
    rolled.push(one);
    if (one.state !== "done") break;
    done.push(host);
    ran = null;
    await journal.write(key, { roll: { done, ran } });
  }
  const isComplete = done.length === options.hosts.length;
  if (isComplete) await journal.remove(key);
  return documentOf(rolled, options.hosts, startedAt, context);

  function isStopped(): boolean {
    return context.stop.aborted;
  }

  async function rollOne(host: string): Promise<RolledHost> {
    const stopped = (problem: string, exitCode: number, state: RolledHost["state"] = "stopped"): RolledHost => ({
      host,
      state,
      exitCode,
      problem,
    });
    if (isStopped()) return stopped("it was interrupted before this host", EXIT_CODES["still-running"], "not-begun");
    const [service] = hostsNamed(await cloud.services(), [host]);
    if (service !== undefined && disabledBy(service) === "others") {
      const why = service.disabledReason ?? "no reason";
      return stopped(`${host} was disabled by others (${why}), who may be at work there`, EXIT_CODES.refused);
    }
    if (ran !== host) {
      const reason = `${mark}: ${options.reason}`;
      const drained = await drain({ ...options, reason, hosts: [host] }, context);
      if (!mayRun(drained)) return stopped(drained.summary, drained.exitCode);
      context.progress({ kind: "step", text: drained.summary });
      if (isStopped())
        return stopped(`${host} is empty; it was interrupted before its command`, EXIT_CODES["still-running"]);
      const code = await context.runCommand(options.command, host);
      if (code !== 0) return stopped(commandFailed(host, code), EXIT_CODES["needs-attention"]);
      ran = host;
      await journal.write(key, { roll: { done, ran } });
    }
    const ready = { hosts: [host], return: options.return, since: null, readySeconds: options.readySeconds };
    const restored = await restore(
      { ...ready, parallel: options.parallel, stopAfter: options.stopAfter },
      context,
      journal,
    );
    context.progress({ kind: "step", text: restored.summary });
    if (restored.exitCode !== 0 || !isOpen(restored))
      return stopped(restored.summary, restored.exitCode || EXIT_CODES["needs-attention"]);
    return { host, state: "done", exitCode: 0, problem: null };
  }
}

/** Whether nothing runs there: proven empty, or but for servers that are shut off and were to be left. Pure. */
export function mayRun({ exitCode, hosts }: DrainDocument): boolean {
  if (exitCode === 0) return true;
  return (
    exitCode === EXIT_CODES["needs-attention"] &&
    hosts.every(
      ({ state, checks, leftovers }) =>
        state === "draining" &&
        leftovers.length > 0 &&
        leftovers.every(({ kind, status, asRequested }) => kind === "server" && status === "SHUTOFF" && asRequested) &&
        checks.every(({ check, outcome }) => outcome === "passed" || check === "no-servers"),
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
  const last = rolled.at(-1);
  const done = rolled.filter(({ state }) => state.startsWith("done")).length;
  const problem = last?.problem ?? null;
  const rest = all.filter((host) => !rolled.some((one) => one.host === host));
  const waits: RolledHost[] = rest.map((host) => ({ host, state: "not-begun", exitCode: 0, problem: null }));
  return {
    schemaVersion: ROLL_SCHEMA_VERSION,
    summary:
      problem === null
        ? `${done} of ${all.length} hosts done`
        : `stopped at ${last?.host ?? ""}, ${done} of ${all.length} hosts done: ${problem}`,
    exitCode: last?.exitCode ?? 0,
    hosts: [...rolled, ...waits],
    timings: {
      startedAt: new Date(startedAt).toISOString(),
      finishedAt: new Date(clock.now()).toISOString(),
      totalSeconds: (clock.now() - startedAt) / 1000,
    },
    requests: { total: cloud.requestCount() },
  };
}
