/** The hosts of the guest profile: private folders, and commands run "on" them. */
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { writeSecret, writeWhole } from "./files.ts";
import { cephClient, CEPH_SECRET_UUID } from "./config/infrastructure.ts";
import { libvirtd, qemu } from "./config/libvirt.ts";
import { inInfra } from "./network.ts";
import { networkingOf } from "./networking/index.ts";
import { paths } from "./paths.ts";
import { LabError, run, type RunOptions } from "./shell.ts";
import type { Host, Lab } from "./settings.ts";
import { fileRoot } from "./tree/provide.ts";
import { waitFor } from "./wait.ts";

/** Name of the service whose process holds a host's namespaces. */
export const holder = (host: string): string => `${host}.host`;

/**
 * Argument list that runs a command on a host (its network, mounts and name), or on `infra`, the control plane's namespace.
 * @throws LabError for an unknown host, or one that is not up.
 */
export function onHost(lab: Lab, host: string, argv: readonly string[]): string[] {
  if (host === "infra" || (lab.profile === "fleet" && lab.hosts.includes(host))) return inInfra(lab, argv);
  if (!lab.hosts.includes(host)) throw new LabError(`no host ${host}; there are ${lab.hosts.join(", ")} and infra`);
  const file = `${paths(lab).serviceDir(holder(host))}/supervise/pid`;
  const pid = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (pid === "") throw new LabError(`${host} is not up; \`lab status\` says more`);
  // -w without a value: the working directory of the holder, which is in the root that it holds.
  return ["nsenter", "-t", pid, "-n", "-m", "-u", "-r", "-w", ...argv];
}

/** Runs a command on a host or on `infra`, and returns its standard output. */
export async function runOnHost(
  lab: Lab,
  host: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const [command = "", ...args] = onHost(lab, host, argv);
  return run(command, args, options);
}

/** Writes the files that are mounted over a host's /etc and /var/lib. */
export function prepareHost(lab: Lab, host: Host): void {
  const dir = paths(lab).host(host.name);
  const folders = ["lib-libvirt", "cache-libvirt", "log-libvirt", "etc-ceph", "lib-nova/instances"];
  for (const name of [...folders, ...networkingOf(lab).hostFolders]) mkdirSync(`${dir}/${name}`, { recursive: true });
  // Not over what libvirt keeps there itself: defined guests, secrets.
  cpSync(`${fileRoot(lab)}/etc/libvirt`, `${dir}/etc-libvirt`, { recursive: true, force: false });
  writeWhole(`${dir}/etc-libvirt/libvirtd.conf`, libvirtd(host));
  writeWhole(`${dir}/etc-libvirt/qemu.conf`, qemu(host));
  writeWhole(`${dir}/etc-ceph/ceph.conf`, cephClient(lab));
  const names = lab.hostList.map((other) => `${other.address} ${other.name}\n`).join("");
  writeWhole(`${dir}/hosts`, `127.0.0.1 localhost\n${names}`);
  writeWhole(`${dir}/hostname`, `${host.name}\n`);
  writeWhole(`${dir}/machine-id`, `${host.uuid.replaceAll("-", "")}\n`);
}

/** Gives a host the key of Cinder's Ceph user, once the cluster has made it. */
export function giveCephKey(lab: Lab, host: Host): void {
  const key = readFileSync(`${paths(lab).ceph}/client.cinder.keyring`, "utf8");
  writeSecret(`${paths(lab).host(host.name)}/etc-ceph/ceph.client.cinder.keyring`, key);
}

/** True when the host's namespaces are as its services need them. */
export function hostReady(lab: Lab, host: Host): boolean {
  const pidFile = `${paths(lab).serviceDir(holder(host.name))}/supervise/pid`;
  const readyFile = `${paths(lab).host(host.name)}/ready`;
  if (!existsSync(pidFile) || !existsSync(readyFile)) return false;
  // The holder writes its own pid when it is done: an older one's word does not count.
  return readFileSync(readyFile, "utf8").trim() === readFileSync(pidFile, "utf8").trim();
}

/** Run on the host; $1 is the secret's XML, $2 its id. The key goes by a file on the host's private /run: arguments are for everybody to read. */
const DEFINE_SECRET = `
  f=/run/ceph-secret.$$
  trap 'rm -f $f' EXIT
  umask 077
  printf %s "$1" >$f
  virsh -q secret-define $f
  ceph-authtool -p -n client.cinder /etc/ceph/ceph.client.cinder.keyring | tr -d '\\n' >$f
  virsh -q secret-set-value "$2" --file $f`;

/** Waits for libvirt and hands it the Ceph key as the secret that Nova's disks name. */
export async function readyLibvirt(lab: Lab, host: Host): Promise<void> {
  const on = (...argv: string[]): Promise<string> => runOnHost(lab, host.name, argv, { timeout: 20_000 });
  await waitFor(
    `libvirt on ${host.name}`,
    async () => (await on("virsh", "-c", `qemu+tcp://${host.address}/system`, "version")) !== "",
    { seconds: 180, hint: `its log: ${paths(lab).log(`${host.name}.libvirtd`)}` },
  );
  const usage = '<usage type="ceph"><name>client.cinder secret</name></usage>';
  const xml = `<secret ephemeral="no" private="no"><uuid>${CEPH_SECRET_UUID}</uuid>${usage}</secret>`;
  await on("/bin/sh", "-euc", DEFINE_SECRET, "sh", xml, CEPH_SECRET_UUID);
}
