/** The `lab` command. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { DISKS_IN_CEPH, novaOptions } from "./api.ts";
import { down, isGone } from "./down.ts";
import { onHost } from "./hosts.ts";
import { withLock } from "./lock.ts";
import { paths } from "./paths.ts";
import { logNames } from "./ready.ts";
import { allServices } from "./services.ts";
import { CLEAN_ENV, LabError } from "./shell.ts";
import { RELEASE_NAMES, RELEASES, type ReleaseName } from "./releases/index.ts";
import { fleetHosts, loadLab, PROFILES, type Lab, type Profile } from "./settings.ts";
import { slowLink } from "./slow-link.ts";
import { status, STATUS_CODES, type Status } from "./status.ts";
import { runSteps, seconds } from "./steps.ts";
import { holdKilled, killServices, restartServices, startServices, stopServices } from "./supervise.ts";
import { up } from "./up.ts";

interface ProfileOption {
  profile: Profile;
}

const program = new Command("lab")
  .description("A real OpenStack on this machine: `up`, use it, `down`. See docs/lab.md.")
  .enablePositionalOptions();

/** Every command works on one profile's lab. */
function command(name: string, description: string): Command {
  const profile = new Option("--profile <profile>", "guest: QEMU guests on Ceph; fleet: fake hypervisors")
    .choices(PROFILES)
    .default("guest")
    .env("LAB_PROFILE");
  return program.command(name).description(description).addOption(profile);
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 100)
    throw new InvalidArgumentError("a whole number from 1 to 100");
  return number;
}

/** `nova2=node-03,node-04` → one more zone. */
function zone(value: string, before: Record<string, string[]>): Record<string, string[]> {
  const [name, hosts] = value.split("=");
  if (!name || !hosts) throw new InvalidArgumentError("ZONE=HOST,HOST…");
  return { ...before, [name]: hosts.split(",") };
}

command("up", "bring the lab up; does what is missing, so it can be repeated")
  .addOption(
    new Option("--release <release>", "OpenStack release (first time only)").choices(RELEASE_NAMES).env("LAB_RELEASE"),
  )
  .option("--hosts <n>", "number of hosts (fleet profile, first time only)", count)
  .option("--zone <zone=host,…>", "declare an availability zone; can be repeated (first time only)", zone, {})
  .action(
    async (options: ProfileOption & { release?: ReleaseName; hosts?: number; zone: Record<string, string[]> }) => {
      if (options.profile === "guest" && options.hosts !== undefined)
        throw new LabError("--hosts: only the fleet profile's number of hosts can be chosen");
      const lab = loadLab(options.profile, {
        ...(options.release === undefined ? {} : { release: options.release }),
        ...(options.hosts === undefined ? {} : { hosts: fleetHosts(options.hosts) }),
        ...(Object.keys(options.zone).length === 0 ? {} : { zones: options.zone }),
      });
      await withLock(lab.stateDir, () => up(lab));
    },
  );

command("down", "end everything and leave nothing on the machine but files")
  .option("--wipe", "remove the lab's files too", false)
  .option("--wipe-cache", "remove the cache that all labs share: unpacked packages, guest image", false)
  .action(async (options: ProfileOption & { wipe: boolean; wipeCache: boolean }) => {
    const lab = loadLab(options.profile);
    const begin = performance.now();
    await withLock(lab.stateDir, () =>
      runSteps([{ name: "down", title: `Down: ${lab.stateDir}`, work: (say) => down(lab, options, say) }]),
    );
    console.log(
      `The lab is down after ${seconds(performance.now() - begin)}${options.wipe ? ", its files are removed" : ""}.`,
    );
  });

command("status", "how the lab is; exit code 0 up, 3 down, 1 broken")
  .option("--json", "for machines", false)
  .action(async (options: ProfileOption & { json: boolean }) => {
    const now = await status(loadLab(options.profile));
    console.log(options.json ? JSON.stringify(now, undefined, 2) : table(now));
    process.exitCode = STATUS_CODES[now.state];
  });

function table(now: Status): string {
  const width = Math.max(0, ...now.services.map(({ name }) => name.length));
  return [
    `${now.profile} lab "${now.prefix}" (${RELEASES[now.release].title}) is ${now.state}; state in ${now.stateDir}`,
    ...(now.state === "down" ? [] : [`Keystone ${now.authUrl}; clouds.yaml ${now.cloudsFile}`, ""]),
    ...now.services.map(
      ({ name, state, held, pid, seconds: age }) =>
        `${name.padEnd(width)}  ${(held ? "held" : state).padEnd(6)}  ${String(pid ?? "").padStart(8)}  ${age} s`,
    ),
    ...(now.problems.length > 0 ? ["", ...now.problems.map((problem) => `! ${problem}`)] : []),
  ].join("\n");
}

command("logs", "show logs; without a name, which there are")
  .argument("[service]")
  .option("-f, --follow", "go on showing what comes", false)
  .option("-n, --lines <n>", "last lines to show", "100")
  .action((name: string | undefined, options: ProfileOption & { follow: boolean; lines: string }) => {
    const lab = loadLab(options.profile);
    if (name === undefined) {
      console.log(logNames(lab).join("\n"));
      return;
    }
    const file = paths(lab).log(name);
    if (!existsSync(file)) throw new LabError(`no log of ${name}; there are ${logNames(lab).join(", ") || "none"}`);
    pass(["tail", "-n", options.lines, ...(options.follow ? ["-F"] : []), file]);
  });

command("exec", "run a command on a host, or on `infra`, the control plane's namespace")
  .argument("<host>")
  .argument("<command...>")
  .passThroughOptions()
  .action((host: string, argv: string[], options: ProfileOption) => {
    pass(onHost(loadLab(options.profile), host, argv));
  });

command("slow", "slow down migrations from a host (guest profile); `off` lifts it")
  .argument("<host>")
  .argument("<mib-per-second>")
  .action(async (host: string, speed: string, options: ProfileOption) => {
    await slowLink(loadLab(options.profile), host, speed === "off" ? undefined : Number(speed));
  });

command("disks", "where hosts keep the disks of servers that boot from an image (guest profile)")
  .addArgument(new Argument("<place>", "host: files of each host; ceph: shared by all").choices(["host", "ceph"]))
  .addHelpText("after", "\nHolds until the next `up` of a lab that is down. Servers keep the disks that they have.")
  .action(async (place: string, options: ProfileOption) => {
    const { hosts, profile } = loadLab(options.profile);
    if (profile !== "guest") throw new LabError("disks: only hosts of the guest profile have any");
    for (const host of hosts) await novaOptions(host, place === "ceph" ? DISKS_IN_CEPH : undefined, profile);
  });

/** Hands the terminal to a command and ends as it ends. */
function pass(argv: readonly string[]): void {
  const [file = "", ...args] = argv;
  const { status: code, signal } = spawnSync(file, args, {
    stdio: "inherit",
    env: { ...CLEAN_ENV, TERM: process.env["TERM"] ?? "dumb" },
  });
  process.exitCode = code ?? (signal === null ? 1 : 128);
}

const ACTIONS = {
  start: { does: "start it and keep it running", act: startServices },
  stop: { does: "end it properly and hold it down", act: (lab: Lab, ...names: string[]) => stopServices(lab, names) },
  restart: { does: "end it properly and start it again", act: restartServices },
  kill: { does: "SIGKILL; the supervisor starts it again", act: killServices },
  "kill-and-hold": { does: "SIGKILL and hold it down", act: (lab: Lab, ...names: string[]) => holdKilled(lab, names) },
};

command("service", "stop, start, kill or restart services, to make faults")
  .addHelpText(
    "after",
    `\nActions:\n${Object.entries(ACTIONS)
      .map(([name, { does }]) => `  ${name.padEnd(14)} ${does}`)
      .join("\n")}`,
  )
  .argument("<action>")
  .argument("<names...>")
  .action(async (action: string, names: string[], options: ProfileOption) => {
    const lab = loadLab(options.profile);
    if (isGone(lab)) throw new LabError("the lab is down");
    const known = allServices(lab).map(({ name }) => name);
    const wrong = names.filter((name) => !known.includes(name));
    if (!Object.hasOwn(ACTIONS, action))
      throw new LabError(`no action ${action}; there are ${Object.keys(ACTIONS).join(", ")}`);
    if (wrong.length > 0) throw new LabError(`no service ${wrong.join(", ")}; there are ${known.join(", ")}`);
    await ACTIONS[action as keyof typeof ACTIONS].act(lab, ...names);
  });

try {
  await program.parseAsync();
} catch (error) {
  // A person can act on the lab's own errors; the stack of any other is what a developer needs.
  console.error(error instanceof LabError ? error.message : error);
  process.exitCode = 1;
}
