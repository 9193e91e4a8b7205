/** The root that a lab's processes see: its tree, in namespaces that one process holds. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../paths.ts";
import { releaseOf } from "../releases/index.ts";
import { CLEAN_ENV, LabError, run, type RunOptions } from "../shell.ts";
import { REPOSITORY, type Lab } from "../settings.ts";
import { waitFor } from "../wait.ts";

/** Launcher, drivers and scripts are read from here, also by what runs in the tree. */
const LAB = join(REPOSITORY, "lab");

const readyFile = (lab: Pick<Lab, "stateDir">): string => `${paths(lab).run}/root.pid`;

/** True for a lab whose processes run in a tree, false for one of the machine's own packages. */
export const hasTree = (lab: Pick<Lab, "release">): boolean => releaseOf(lab).tree !== undefined;

/** The process that holds the tree's namespaces, or undefined if there is none. */
export function rootHolder(lab: Pick<Lab, "stateDir">): string | undefined {
  const file = readyFile(lab);
  if (!existsSync(file)) return undefined;
  const pid = readFileSync(file, "utf8").trim();
  // Not a recycled number: nothing else is called like this.
  const command = `/proc/${pid}/cmdline`;
  return existsSync(command) && readFileSync(command, "utf8") === "sleep\0infinity\0" ? pid : undefined;
}

/** Whether commands can be run in the lab: always without a tree, else while something holds it. */
export const isEnterable = (lab: Pick<Lab, "release" | "stateDir">): boolean =>
  !hasTree(lab) || rootHolder(lab) !== undefined;

/**
 * Argument list that runs a command in the lab's tree and the control plane's network namespace. A lab of the machine's own packages
 * has no tree: the command stays as it is.
 * @throws LabError when nothing holds the tree.
 */
export function entered(lab: Pick<Lab, "release" | "stateDir">, argv: readonly string[]): string[] {
  if (!hasTree(lab)) return [...argv];
  const pid = rootHolder(lab);
  if (pid === undefined) throw new LabError("the lab is not up: nothing holds its root; `lab up` starts it");
  // -w without a value: the working directory of the holder. With one it would be opened outside of the new root.
  return ["nsenter", "-t", pid, "-n", "-m", "-u", "-r", "-w", ...argv];
}

/** Runs one of the lab's own programs, in its tree if it has one. Returns its standard output. */
export function runInside(
  lab: Pick<Lab, "release" | "stateDir">,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const [command = "", ...args] = entered(lab, argv);
  return run(command, args, options);
}

/**
 * Makes the namespaces over a tree and the process that holds them, inside a network namespace.
 * @param others network namespaces that are entered from within
 * @param mark environment by which `down` finds it
 */
export async function makeRoot(
  lab: Lab,
  tree: string,
  namespace: string,
  others: readonly string[],
  mark: Readonly<Record<string, string>>,
): Promise<void> {
  const p = paths(lab);
  for (const dir of [p.run, p.logs]) mkdirSync(dir, { recursive: true });
  rmSync(readyFile(lab), { force: true });
  // The file itself: through a pipe of this process, that would not end before the lab does.
  const log = openSync(`${p.logs}/root.log`, "a");
  const seen = [LAB, lab.stateDir, ...others.map((name) => `/run/netns/${name}`)];
  const script = [`${import.meta.dirname}/root.sh`, tree, `${p.run}/root`, readyFile(lab), ...seen];
  const holder = spawn(
    "nsenter",
    [`--net=/run/netns/${namespace}`, "unshare", "-m", "-u", "--propagation", "private", "sh", ...script],
    { detached: true, stdio: ["ignore", log, log], cwd: "/", env: { ...CLEAN_ENV, ...mark } },
  );
  holder.unref();
  closeSync(log);
  await waitFor("the lab's root", () => rootHolder(lab) !== undefined, {
    seconds: 30,
    hint: `its log: ${p.logs}/root.log`,
  });
}
