/** What the machine must have before anything is changed. Facts are gathered apart from the judgement. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { clientInterfaces, ownerOf } from "./network.ts";
import { installedVersions, packagesOf } from "./packages.ts";
import { succeeds } from "./shell.ts";
import { releaseOf } from "./releases/index.ts";
import type { Lab, Profile } from "./settings.ts";
import { gatherTree, treeProblems, type TreeFacts } from "./tree/requirements.ts";

export interface Facts {
  readonly uid: number;
  readonly architecture: string;
  /** ID and VERSION_ID of /etc/os-release. */
  readonly system: string;
  readonly tun: boolean;
  readonly loop: boolean;
  readonly namespaces: boolean;
  readonly memoryMiB: number;
  /** Free below the state folder. */
  readonly stateDiskMiB: number;
  /** Free where packages are installed. */
  readonly rootDiskMiB: number;
  readonly packagesMissing: number;
  /** Of a lab that does not run on the machine's own packages. */
  readonly tree?: TreeFacts;
  /** State folder of the lab that has this prefix now. */
  readonly owner: string | undefined;
  /** IPv4 addresses in the root namespace, by interface. */
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
}

/** MiB that a profile needs to start with, and to work. */
const NEEDS: Record<Profile, { memory: number; perHost: number; disk: number; packages: number }> = {
  guest: { memory: 4500, perHost: 350, disk: 3000, packages: 2500 },
  fleet: { memory: 2000, perHost: 130, disk: 1500, packages: 1500 },
};

/** Unix sockets have 107 bytes; the longest of the lab lies this much below the state folder. */
const LONGEST_SOCKET = "/run/ceph-client.admin.asok".length + 8;

/** Every reason why this lab cannot be made here, each with its fix; empty when it can. */
export function problems(lab: Lab, facts: Facts): string[] {
  const need = NEEDS[lab.profile];
  const memory = need.memory + need.perHost * lab.hosts.length;
  const list: string[] = [];
  const unless = (good: boolean, problem: string): void => {
    if (!good) list.push(problem);
  };
  const other = facts.owner !== undefined && facts.owner !== lab.stateDir;
  unless(
    facts.uid === 0,
    "not root: namespaces, bridges and mounts need it; run it by sudo, or as root in a container with all rights",
  );
  if (facts.tree) list.push(...treeProblems(facts.tree));
  else
    unless(
      facts.system === "debian 12",
      `not Debian 12 but ${facts.system}: the lab is made of its packages; use a Debian 12 machine or container, or another --release`,
    );
  unless(facts.architecture === "x64", `not x86-64 but ${facts.architecture}: guest image and QEMU are x86-64`);
  unless(
    facts.namespaces,
    "no network and mount namespaces can be made; a container needs CAP_SYS_ADMIN and no seccomp profile",
  );
  if (lab.profile === "guest") {
    unless(
      facts.tun,
      "/dev/net/tun cannot be opened: guests need it; `modprobe tun`, or give the container that device",
    );
    unless(
      facts.loop,
      "no loop device: the guest image is made with one; `modprobe loop`, or give the container /dev/loop*",
    );
  }
  if (facts.owner === undefined)
    unless(
      facts.memoryMiB >= memory,
      `${facts.memoryMiB} MiB of memory available, ${memory} needed: end something, or use a bigger machine`,
    );
  unless(
    facts.stateDiskMiB >= need.disk,
    `${facts.stateDiskMiB} MiB free for ${lab.stateDir}, ${need.disk} needed: make room, or set LAB_STATE`,
  );
  if (facts.packagesMissing > 0)
    unless(
      facts.rootDiskMiB >= need.packages,
      `${facts.rootDiskMiB} MiB free in /, ${need.packages} needed for packages: make room`,
    );
  unless(
    lab.stateDir.length + LONGEST_SOCKET <= 107 && !/[\s'"]/.test(lab.stateDir),
    `the state folder's path must be at most ${107 - LONGEST_SOCKET} bytes without spaces and quotes (sockets lie below it): ${lab.stateDir}; set LAB_STATE`,
  );
  if (other)
    list.push(
      `another lab with the prefix "${lab.prefix}" is up, its state is in ${facts.owner}: stop it there (\`npm run lab -- down\`, ` +
        `or here with LAB_STATE=${facts.owner}), or set LAB_PREFIX, LAB_NETWORK and LAB_PROVIDER_NETWORK for this one`,
    );
  const own: readonly string[] = other ? [] : clientInterfaces(lab);
  for (const [variable, network] of [
    ["LAB_NETWORK", lab.network],
    ["LAB_PROVIDER_NETWORK", lab.providerNetwork],
  ] as const)
    for (const { name, address } of facts.addresses)
      if (address.startsWith(`${network}.`) && !own.includes(name) && !(other && clientInterfaces(lab).includes(name)))
        list.push(`${network}.0/24 is in use by ${name} (${address}): set ${variable} to another private /24`);
  return list;
}

/** Looks at the machine without changing it. */
export async function gather(lab: Lab): Promise<Facts> {
  const { tree } = releaseOf(lab);
  const packages = packagesOf(lab.profile);
  return {
    uid: process.getuid?.() ?? -1,
    architecture: process.arch,
    system: systemName(),
    tun: openable("/dev/net/tun"),
    loop: openable("/dev/loop-control") || openable("/dev/loop0"),
    namespaces: await succeeds("unshare", ["--net", "--mount", "--uts", "--propagation", "unchanged", "true"]),
    memoryMiB: availableMemory(),
    stateDiskMiB: freeDisk(lab.stateDir),
    rootDiskMiB: freeDisk("/"),
    packagesMissing: tree ? 0 : packages.length - (await installedVersions(packages)).size,
    ...(tree && { tree: gatherTree(tree, lab.cacheDir, freeDisk) }),
    owner: ownerOf(lab),
    addresses: Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
      list.filter(({ family }) => family === "IPv4").map(({ address }) => ({ name, address })),
    ),
  };
}

function systemName(): string {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)`, "m").exec(text)?.[1] ?? "unknown";
  return `${value("ID")} ${value("VERSION_ID")}`;
}

function openable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function availableMemory(): number {
  const kib = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? "0";
  return Math.floor(Number(kib) / 1024);
}

function freeDisk(path: string): number {
  let dir = path;
  while (!existsSync(dir)) dir = dirname(dir);
  const { bavail, bsize } = statfsSync(dir);
  return Math.floor((bavail * bsize) / 1024 ** 2);
}
