/** Finding what a lab runs, whoever started it: by namespaces, and by its mark in the environment. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { namespaces } from "./network.ts";
import { OWNER_VARIABLE } from "./supervise.ts";
import type { Lab } from "./settings.ts";

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every process of the lab but this one: in one of its network namespaces, in the uts namespace of one that is
 * (dnsmasq has a network namespace of its own), or with the lab's mark in its environment.
 */
export function labProcesses(lab: Pick<Lab, "prefix" | "stateDir">): Process[] {
  const networks = new Set(namespaces(lab).flatMap((name) => inode(`/run/netns/${name}`) ?? []));
  const mark = `${OWNER_VARIABLE}=${lab.stateDir}\0`;
  const ownUts = inode("/proc/self/ns/uts");
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({
      pid: Number(pid),
      network: inode(`/proc/${pid}/ns/net`),
      uts: inode(`/proc/${pid}/ns/uts`),
      marked: read(`/proc/${pid}/environ`).includes(mark),
    }));
  const inNetwork = (network: number | undefined): boolean => network !== undefined && networks.has(network);
  const names = new Set(all.filter(({ network }) => inNetwork(network)).map(({ uts }) => uts));
  names.delete(ownUts);
  names.delete(undefined);
  return (
    all
      .filter(({ network, uts, marked }) => inNetwork(network) || names.has(uts) || marked)
      .map(({ pid }) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }))
      // A zombie has no command; it is its parent's to bury.
      .filter(({ command }) => command !== "")
  );
}

/** Kills (SIGKILL) all of them, again until none is left. Returns what is left after that. */
export async function killAll(lab: Pick<Lab, "prefix" | "stateDir">): Promise<Process[]> {
  for (let round = 0; round < 30; round++) {
    const left = labProcesses(lab);
    if (left.length === 0) return [];
    signal(left, "SIGKILL");
    await sleep(100);
  }
  return labProcesses(lab);
}

/** Sends a signal to processes that may be gone already. */
export function signal(processes: readonly Process[], name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function inode(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Mount points of this mount namespace below a folder. */
export function mountsBelow(dir: string): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "").filter((point) => point === dir || point.startsWith(`${dir}/`));
}

/** Loop devices whose file lies below a folder. */
export function loopsBelow(dir: string): string[] {
  return readdirSync("/sys/block")
    .filter((name) => name.startsWith("loop"))
    .filter((name) => read(`/sys/block/${name}/loop/backing_file`).startsWith(`${dir}/`))
    .map((name) => `/dev/${name}`);
}
