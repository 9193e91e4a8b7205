/** Debian packages: which ones, and installing them without starting a single daemon. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { execa } from "execa";
import { CLEAN_ENV, LabError } from "./shell.ts";
import type { Profile } from "./settings.ts";

/** The control plane: libraries with the services' code, database, bus, and the supervisor. */
const CONTROL_PLANE = [
  ...["python3-keystone", "python3-placement", "python3-glance", "python3-cinder", "python3-nova", "python3-neutron"],
  ...["python3-openstackclient", "python3-memcache", "uwsgi-core", "uwsgi-plugin-python3"],
  ...["mariadb-server", "rabbitmq-server", "memcached", "runit", "eatmydata"],
  ...["iproute2", "iputils-ping", "procps", "openssh-client", "util-linux", "ca-certificates"],
];

/** Hosts with real guests. nova-compute-kvm on purpose: nova-compute-qemu pulls every QEMU, and libvirt probes them all. */
const GUESTS = [
  ...["nova-compute", "nova-compute-kvm", "neutron-linuxbridge-agent", "neutron-dhcp-agent", "dnsmasq-base"],
  // The server of ssh is the guests' own, dropbear; scp wants this beside it.
  "openssh-sftp-server",
  ...["qemu-system-x86", "qemu-block-extra", "qemu-utils"],
  ...["libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-daemon-system", "libvirt-clients"],
  ...["ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "python3-rbd", "python3-rados"],
  ...["iptables", "ebtables", "nftables", "ipset", "conntrack", "bridge-utils"],
];

/** What the guest image is made of and with. */
export const IMAGE_PACKAGES = [
  ...["busybox-static", "dropbear-bin", "extlinux", "syslinux-common", "cpio", "fdisk", "e2fsprogs", "mount"],
];

/** All packages of a profile. */
export function packagesOf(profile: Profile): string[] {
  return profile === "guest" ? [...CONTROL_PLANE, ...GUESTS, ...IMAGE_PACKAGES] : [...CONTROL_PLANE];
}

/** Versions of those packages that are installed whole. */
export async function installedVersions(packages: readonly string[]): Promise<Map<string, string>> {
  const format = "${db:Status-Status} ${Package} ${Version}\\n";
  const { stdout } = await execa("dpkg-query", ["-W", "-f", format, ...packages], {
    extendEnv: false,
    env: CLEAN_ENV,
    reject: false,
  });
  const rows = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    rows.flatMap(([status, name, version]) => (status === "installed" && name && version ? [[name, version]] : [])),
  );
}

const APT = [
  "-o",
  "DPkg::Lock::Timeout=600",
  "-o",
  "Dpkg::Options::=--force-confdef",
  "-o",
  "Dpkg::Options::=--force-confold",
  // Else each of some hundred packages waits for the disk.
  "-o",
  "Dpkg::Options::=--force-unsafe-io",
];

async function apt(args: readonly string[], say: (line: string) => void): Promise<void> {
  // The caller's environment as it is: it may name a proxy.
  const child = execa("apt-get", [...APT, ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", PATH: CLEAN_ENV["PATH"] ?? "" },
    stdin: "ignore",
    all: true,
    reject: false,
  });
  for await (const line of child.iterable({ from: "all" })) {
    if (/^(Get:|Unpacking |Setting up )/.test(line)) say(line.slice(0, 70));
  }
  const result = await child;
  if (result.exitCode !== 0)
    throw new LabError(`apt-get ${args.join(" ").slice(0, 200)} failed:\n${result.all.slice(-2000)}`);
}

/** @param say called with a short line of progress */
export async function installPackages(packages: readonly string[], say: (line: string) => void): Promise<void> {
  await apt(["-q", "update"], say);
  await withoutDaemons(async () => apt(["install", "-y", "-q", "--no-install-recommends", ...packages], say));
}

const POLICY = "/usr/sbin/policy-rc.d";
const POLICY_ASIDE = `${POLICY}.before-lab`;
const POLICY_MARK = "# openstack-live-migration lab: no daemon starts while its packages are installed";

/** Debian asks this file before a package starts its daemon. It is put back as it was, also by the next run if this one is killed. */
async function withoutDaemons(work: () => Promise<void>): Promise<void> {
  restorePolicy();
  if (existsSync(POLICY)) renameSync(POLICY, POLICY_ASIDE);
  writeFileSync(POLICY, `#!/bin/sh\n${POLICY_MARK}\nexit 101\n`, { mode: 0o755 });
  const interrupted = (): never => {
    restorePolicy();
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    await work();
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    restorePolicy();
  }
}

/** Undoes what a killed run left of {@link withoutDaemons}. */
export function restorePolicy(): void {
  if (existsSync(POLICY) && readFileSync(POLICY, "utf8").includes(POLICY_MARK)) rmSync(POLICY);
  if (existsSync(POLICY_ASIDE) && !existsSync(POLICY)) renameSync(POLICY_ASIDE, POLICY);
}
