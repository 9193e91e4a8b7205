/** Taking a lab down: quickly, whatever state it is in, and leaving nothing. */
import { existsSync, rmSync } from "node:fs";
import { endGuests } from "./guests.ts";
import { clientInterfaces, namespaces, ownerOf, removeNetwork } from "./network.ts";
import { restorePolicy } from "./packages.ts";
import { paths } from "./paths.ts";
import { killAll, labProcesses, loopsBelow, mountsBelow } from "./processes.ts";
import { allServices } from "./services.ts";
import { LabError, run } from "./shell.ts";
import { holdKilled, stopServices, supervisorRuns } from "./supervise.ts";
import type { Lab } from "./settings.ts";
import { isEnterable } from "./tree/enter.ts";

export interface DownOptions {
  /** Remove the state too. @default false */
  readonly wipe?: boolean;
  /** Remove the cache that all labs share. @default false */
  readonly wipeCache?: boolean;
}

/** True when there is nothing of the lab on the machine but files. */
export function isGone(lab: Lab): boolean {
  return ownerOf(lab) === undefined && namespaces(lab).length === 0 && !supervisorRuns(lab);
}

/**
 * Ends the lab. What has data to write ends properly, the rest is killed; then whatever is left is, too.
 * @throws LabError naming every process, mount, namespace and interface that could not be removed.
 */
export async function down(
  lab: Lab,
  options: DownOptions,
  say: (what: string) => void = () => undefined,
): Promise<void> {
  const owner = ownerOf(lab);
  if (owner !== undefined && owner !== lab.stateDir)
    throw new LabError(
      `the lab with the prefix "${lab.prefix}" is not this one: its state is in ${owner}; LAB_STATE=${owner} names it`,
    );
  rmSync(paths(lab).upMarker, { force: true });
  // Once its networks are gone, a client would send the lab's password to wherever the machine's default route leads.
  rmSync(paths(lab).cloudsFile, { force: true });
  restorePolicy();
  if (supervisorRuns(lab) && isEnterable(lab)) await endServices(lab, say);
  say("ending what is left");
  const processes = await killAll(lab);
  say("removing namespaces and interfaces");
  await removeNetwork(lab);
  for (const mount of mountsBelow(lab.stateDir).reverse()) await run("umount", ["-l", mount]).catch(() => undefined);
  for (const device of loopsBelow(lab.stateDir)) await run("losetup", ["-d", device]).catch(() => undefined);
  rmSync(paths(lab).run, { recursive: true, force: true });
  verifyGone(
    lab,
    processes.map(({ pid, command }) => `process ${pid}: ${command.slice(0, 100)}`),
  );
  if (options.wipe) rmSync(lab.stateDir, { recursive: true, force: true });
  if (options.wipeCache) rmSync(lab.cacheDir, { recursive: true, force: true });
}

/**
 * Takes away what is left of another checkout's lab with this prefix when none of its processes runs any more (all were killed, or that
 * checkout is gone): it is of no use, and would keep this lab from coming up. Returns where its state was.
 */
export async function removeDead(lab: Lab): Promise<string | undefined> {
  const owner = ownerOf(lab);
  if (owner === undefined || owner === lab.stateDir) return undefined;
  const dead = { ...lab, stateDir: owner };
  if (supervisorRuns(dead) || labProcesses(dead).length > 0) return undefined;
  await down(dead, {});
  return owner;
}

async function endServices(lab: Lab, say: (what: string) => void): Promise<void> {
  const services = allServices(lab).filter(({ name }) => existsSync(`${paths(lab).serviceDir(name)}/supervise/ok`));
  const graceful = services.filter((service) => service.graceful).map(({ name }) => name);
  // The bus is needed by nobody at its end and is made anew at each start.
  const killed = services.filter((service) => !service.graceful && !/\.(host|libvirtd)$/.test(service.name));
  say("ending OpenStack");
  await holdKilled(
    lab,
    killed.map(({ name }) => name),
  );
  if (lab.profile === "guest") {
    say("ending guests");
    await endGuests(lab);
  }
  say("ending database and storage");
  await stopServices(lab, graceful, 7).catch(() => undefined);
}

function verifyGone(lab: Lab, processes: readonly string[]): void {
  const left = [
    ...processes,
    ...namespaces(lab).map((name) => `namespace ${name}`),
    ...clientInterfaces(lab).flatMap((name) => (existsSync(`/sys/class/net/${name}`) ? [`interface ${name}`] : [])),
    ...mountsBelow(lab.stateDir).map((point) => `mount ${point}`),
    ...loopsBelow(lab.stateDir).map((device) => `loop device ${device}`),
  ];
  if (left.length > 0)
    throw new LabError(
      `\`lab down\` could not remove all; run it again, the state is kept in ${lab.stateDir}:\n- ${left.join("\n- ")}`,
    );
}
