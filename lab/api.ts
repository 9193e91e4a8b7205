/** What tests and scripts use of a lab: where its files are, whether it is up, and its faults. */
import { writeFileSync } from "node:fs";
import { novaHost, novaHostFile } from "./config/compute.ts";
import type { Ini } from "./ini.ts";
import { currentProfile, loadLab, type Profile } from "./settings.ts";
import { onHost as argvOn } from "./hosts.ts";
import { setPace as writePace, type Pace } from "./pace.ts";
import { paths } from "./paths.ts";
import { Api } from "./rest.ts";
import { loadSecrets } from "./secrets.ts";
import { allServices } from "./services.ts";
import { LabError, run } from "./shell.ts";
import { slowLink } from "./slow-link.ts";
import { status } from "./status.ts";
import {
  holdKilled,
  killServices,
  restartServices,
  serviceStates,
  startServices,
  stopServices,
  type ServiceState,
} from "./supervise.ts";

export interface LabPaths {
  readonly stateDir: string;
  /** Folder of the services' logs, one `NAME.log` each. */
  readonly logs: string;
  /** clouds.yaml with the clouds `lab` (admin) and `lab-user`. */
  readonly cloudsFile: string;
  /** Private key for `ssh root@GUEST`. */
  readonly guestKey: string;
  /** Pace of the fake hypervisor (fleet profile). */
  readonly paceFile: string;
}

/** Where a lab's files are, whether it is up or not. @param profile @default what LAB_PROFILE says, or "guest" */
export function labPaths(profile: Profile = currentProfile()): LabPaths {
  const lab = loadLab(profile);
  const p = paths(lab);
  return { stateDir: lab.stateDir, logs: p.logs, cloudsFile: p.cloudsFile, guestKey: p.guestKey, paceFile: p.pace };
}

/** Environment by which the `openstack` client, Pulumi and the engine find the lab. @param cloud @default "lab", the admin */
export function labEnv(profile: Profile = currentProfile(), cloud: "lab" | "lab-user" = "lab"): Record<string, string> {
  return { OS_CLIENT_CONFIG_FILE: labPaths(profile).cloudsFile, OS_CLOUD: cloud };
}

/** True when every service of the lab runs and answers. */
export async function isUp(profile: Profile = currentProfile()): Promise<boolean> {
  return (await status(loadLab(profile))).state === "up";
}

/**
 * A user of the lab's own APIs, for what the project's client has no use for: making and breaking things.
 * @param cloud `lab-user`: an ordinary user, in a project of its own
 */
export async function labApi(profile: Profile = currentProfile(), cloud: "lab" | "lab-user" = "lab"): Promise<Api> {
  const lab = loadLab(profile);
  const secrets = loadSecrets(lab);
  return cloud === "lab" ? Api.admin(lab, secrets) : Api.as(lab, "demo", secrets.user);
}

/**
 * Sets how migrations go on the fleet profile: all of them, or one server's.
 * @param pace undefined takes it back.
 * @example setPace({ seconds: 20, fail_at: 0.5 }, server.id)
 */
export function setPace(pace: Pace | undefined, serverId?: string): void {
  writePace(labPaths("fleet").paceFile, pace, serverId);
}

export interface ServiceControl {
  /** SIGKILL; the supervisor starts it again after a second. */
  kill(): Promise<void>;
  /** SIGKILL, and it stays down until {@link start}. */
  killAndHold(): Promise<void>;
  /** Ends it properly; it stays down until {@link start}. */
  stop(): Promise<void>;
  /** Starts it; returns before it is ready. */
  start(): Promise<void>;
  restart(): Promise<void>;
  state(): Promise<ServiceState>;
}

/**
 * A service of the lab, for faults.
 * @example await service("node-31.nova-compute").stop()
 * @throws LabError for a name that the lab does not have, with those it has.
 */
export function service(name: string, profile: Profile = currentProfile()): ServiceControl {
  const lab = loadLab(profile);
  const names = allServices(lab).map((one) => one.name);
  if (!names.includes(name)) throw new LabError(`no service ${name}; there are ${names.join(", ")}`);
  return {
    kill: () => killServices(lab, name),
    killAndHold: () => holdKilled(lab, [name]),
    stop: () => stopServices(lab, [name]),
    start: () => startServices(lab, name),
    restart: () => restartServices(lab, name),
    state: async () => {
      const [state] = await serviceStates(lab, [name]);
      if (!state) throw new LabError(`no state of ${name}`);
      return state;
    },
  };
}

/**
 * Slows down migrations from a host of the guest profile, also those that run, and nothing else.
 * @param mebibytesPerSecond undefined lifts the limit
 */
export async function slowMigrations(host: string, mebibytesPerSecond: number | undefined): Promise<void> {
  await slowLink(loadLab("guest"), host, mebibytesPerSecond);
}

/**
 * Gives a host's nova-compute other options, and starts it anew; returns before it is ready.
 *
 * @param options undefined: the lab's own again
 * @example await novaOptions("node-28", { libvirt: { live_migration_completion_timeout: 4 } })
 */
export async function novaOptions(
  host: string,
  options: Ini | undefined,
  profile: Profile = currentProfile(),
): Promise<void> {
  const lab = loadLab(profile);
  const found = lab.hostList.find(({ name }) => name === host);
  if (!found) throw new LabError(`no host ${host}; there are ${lab.hostList.map(({ name }) => name).join(", ")}`);
  writeFileSync(novaHostFile(lab, found), novaHost(lab, found, options), { mode: 0o600 });
  await service(`${host}.nova-compute`, profile).restart();
}

/**
 * Runs a command on a host (`node-28`, …) or in the control plane's namespace (`infra`); its standard output.
 * @throws LabError when it fails, or the host is not up.
 */
export async function onHost(
  host: string,
  argv: readonly string[],
  profile: Profile = currentProfile(),
): Promise<string> {
  const [command = "", ...args] = argvOn(loadLab(profile), host, argv);
  return run(command, args);
}

export { DISKS_IN_CEPH } from "./config/compute.ts";
export type { Pace } from "./pace.ts";
export {
  becomes,
  makeServer,
  makeVolume,
  removeServer,
  removeVolume,
  type MadeServer,
  type ServerWish,
} from "./servers.ts";
