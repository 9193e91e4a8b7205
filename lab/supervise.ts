/**
 * The lab's daemons under runit: `runsvdir` over the lab's own folder, a `runsv` for each service, `sv` to control them.
 * A service that ends by itself is started again after a second; one that is held down stays down.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { execa } from "execa";
import { paths } from "./paths.ts";
import type { Service } from "./service.ts";
import { runScript } from "./services.ts";
import { CLEAN_ENV, LabError, run } from "./shell.ts";
import { entered } from "./tree/enter.ts";
import type { Lab } from "./settings.ts";
import { waitFor } from "./wait.ts";

/** In the environment of everything a lab runs: its state folder. `down` finds by it what fled its namespaces. */
export const OWNER_VARIABLE = "OPENSTACK_LIVE_MIGRATION_LAB";

/** Writes the service folders; each starts only when told to. */
export function defineServices(lab: Lab, services: readonly Service[]): void {
  const p = paths(lab);
  for (const service of services) {
    const dir = p.serviceDir(service.name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/run`, runScript(lab, service));
    chmodSync(`${dir}/run`, 0o755);
  }
}

/** Starts the supervisor with every service held down, and logs anew; those of the last time are kept as `.1`. */
export async function startSupervisor(lab: Lab, services: readonly Service[]): Promise<void> {
  const p = paths(lab);
  for (const service of services) {
    writeFileSync(`${p.serviceDir(service.name)}/down`, "");
    rmSync(`${p.serviceDir(service.name)}/supervise`, { recursive: true, force: true });
    const log = p.log(service.name);
    if (existsSync(log)) renameSync(log, `${log}.1`);
  }
  const [program = "", ...args] = entered(lab, ["runsvdir", "-P", p.services]);
  const supervisor = execa(program, args, {
    detached: true,
    stdio: "ignore",
    cwd: "/",
    extendEnv: false,
    env: { ...CLEAN_ENV, [OWNER_VARIABLE]: lab.stateDir },
    cleanup: false,
    reject: false,
  });
  supervisor.unref();
  writeFileSync(`${p.run}/runsvdir.pid`, String(supervisor.pid));
  await waitFor("the supervisor", () => services.every((service) => controllable(lab, service.name)), { seconds: 60 });
}

/** True while the service has a `runsv` that obeys. */
function controllable(lab: Lab, name: string): boolean {
  return existsSync(`${paths(lab).serviceDir(name)}/supervise/ok`);
}

/** True while the lab's supervisor runs. */
export function supervisorRuns(lab: Lab): boolean {
  const file = `${paths(lab).run}/runsvdir.pid`;
  if (!existsSync(file)) return false;
  try {
    const pid = readFileSync(file, "utf8").trim();
    // Not a recycled number: it must be a runsvdir over this very folder.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`runsvdir\0-P\0${paths(lab).services}\0`);
  } catch {
    return false;
  }
}

export interface ServiceState {
  readonly name: string;
  readonly state: "run" | "down" | "finish";
  /** Held down on purpose: it will not start by itself. */
  readonly held: boolean;
  readonly pid: number | undefined;
  /** Seconds since it started or ended. */
  readonly seconds: number;
}

/** Reads one line of `sv status`. Undefined for anything else. */
export function parseStatus(line: string): ServiceState | undefined {
  const match = /^(run|down|finish): \S*?([^/\s]+): (?:\(pid (\d+)\) )?(\d+)s(.*)$/.exec(line.split(";")[0] ?? "");
  if (!match) return undefined;
  const [, state, name = "", pid, seconds, rest = ""] = match;
  return {
    name,
    state: state as ServiceState["state"],
    held: state === "down" && !rest.includes("want up"),
    pid: pid === undefined ? undefined : Number(pid),
    seconds: Number(seconds),
  };
}

/** State of each service; those without a supervisor are down. */
export async function serviceStates(lab: Lab, names: readonly string[]): Promise<ServiceState[]> {
  const dirs = names.map((name) => paths(lab).serviceDir(name));
  const [program = "", ...args] = entered(lab, ["sv", "status", ...dirs]);
  const { stdout } = await execa(program, args, { extendEnv: false, env: CLEAN_ENV, reject: false });
  const known = stdout.split("\n").flatMap((line) => parseStatus(line) ?? []);
  return names.map(
    (name) =>
      known.find((state) => state.name === name) ?? { name, state: "down", held: true, pid: undefined, seconds: 0 },
  );
}

async function sv(lab: Lab, args: readonly string[], names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !controllable(lab, name));
  if (missing.length > 0) throw new LabError(`no such service, or the lab is down: ${missing.join(", ")}`);
  if (names.length === 0) return;
  const [program = "", ...rest] = entered(lab, ["sv", ...args, ...names.map((name) => paths(lab).serviceDir(name))]);
  await run(program, rest);
}

/** Starts services and keeps them running; returns at once. */
export async function startServices(lab: Lab, ...names: string[]): Promise<void> {
  for (const name of names) rmSync(`${paths(lab).serviceDir(name)}/down`, { force: true });
  await sv(lab, ["up"], names);
}

/**
 * Ends services and holds them down; waits until they have ended.
 * @param seconds grace before they are killed
 */
export async function stopServices(lab: Lab, names: readonly string[], seconds = 10): Promise<void> {
  hold(lab, names);
  const before = await serviceStates(lab, names);
  // Its exit code is 1 as well when it had to kill one; what counts is that they ended.
  await sv(lab, ["-w", String(seconds), "force-stop"], names).catch(() => undefined);
  const left = (await serviceStates(lab, names)).filter((service) => service.state !== "down").map(({ name }) => name);
  if (left.length > 0) throw new LabError(`did not end: ${left.join(", ")}`);
  killGroups(before);
}

/** Kills services (SIGKILL) and holds them down. */
export async function holdKilled(lab: Lab, names: readonly string[]): Promise<void> {
  hold(lab, names);
  const states = await serviceStates(lab, names);
  const running = states.filter(({ pid }) => pid !== undefined).map(({ name }) => name);
  // Not to be started again, and without the SIGTERM of `down`: one that is ending already is not what is to be played.
  // One that is down already would be started by it.
  await sv(lab, ["once"], running);
  const others = names.filter((name) => !running.includes(name));
  await sv(lab, ["down"], others);
  killGroups(states);
}

/** Kills services (SIGKILL); the supervisor starts them again. */
export async function killServices(lab: Lab, ...names: string[]): Promise<void> {
  const states = await serviceStates(lab, names);
  await sv(lab, ["kill"], names);
  killGroups(states);
}

/**
 * Kills services with their workers. Those outlive a parent that is killed while it ends them: they hold its port, and
 * answer nobody.
 */
function killGroups(states: readonly ServiceState[]): void {
  for (const { pid } of states) {
    if (pid === undefined) continue;
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Ends services properly and starts them again. */
export async function restartServices(lab: Lab, ...names: string[]): Promise<void> {
  await stopServices(lab, names);
  await startServices(lab, ...names);
}

function hold(lab: Lab, names: readonly string[]): void {
  for (const name of names) if (controllable(lab, name)) writeFileSync(`${paths(lab).serviceDir(name)}/down`, "");
}
