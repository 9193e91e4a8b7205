/**
 * Another QEMU for the hosts: Debian 12's own (7.2) is not to be trusted with guests that are migrated without KVM.
 *
 * - It leaves a guest's memory barriers out where that has one CPU (`tcg_gen_mb` in tcg/tcg-op.c), so a virtio queue is now and then
 *   read wrongly by the driver or the device: the network card, or a disk, is dead from then on.
 * - After a synchronisation of the dirty bitmap the CPU goes on writing to pages without marking them again
 *   (`cpu_physical_memory_sync_dirty_bitmap` in include/exec/ram_addr.h): such a write does not reach the destination.
 *
 * Both are mended in the QEMU of Debian 12's backports (10.0). It is unpacked into the cache and mounted over the machine's own in the
 * hosts' mount namespaces alone: nothing of the machine changes.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cached, makeOnce } from "./cache.ts";
import { proxies, unpack } from "./apt.ts";
import { paths } from "./paths.ts";
import { LabError, run } from "./shell.ts";
import type { Lab } from "./settings.ts";
import { hasTree } from "./tree/enter.ts";

const SUITE = "bookworm-backports";
const PACKAGES = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "qemu-block-extra", "seabios"];

/** Link in a host's folder to the QEMU that its namespaces put in the place of the machine's; see host-namespaces.sh. */
const linkOf = (lab: Lab, host: string): string => `${paths(lab).host(host)}/qemu`;

/** Gives the hosts that QEMU, to be in place when their namespaces are made; none where apt's mirror has no backports. */
export async function provideQemu(lab: Lab): Promise<void> {
  for (const { name } of lab.hostList) rmSync(linkOf(lab, name), { force: true });
  // A tree's own is new enough.
  if (hasTree(lab)) return;
  const target = cached(lab, "qemu", [SUITE, ...PACKAGES]);
  try {
    await makeOnce(target, async (folder) => {
      const options = await backports(folder);
      for (const name of PACKAGES) await unpack(folder, folder, name, { options });
      // All its libraries are there, or it is of no use.
      await run(`${folder}/usr/bin/qemu-system-x86_64`, ["--version"]);
      rmSync(`${folder}/apt`, { recursive: true });
    });
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return;
  }
  for (const { name } of lab.hostList) symlinkSync(target, linkOf(lab, name));
}

/** What a person should know of the hosts' QEMU; nothing if it is the better one. */
export function qemuNotice(lab: Lab): string | undefined {
  if (hasTree(lab) || lab.hosts.every((host) => existsSync(linkOf(lab, host)))) return undefined;
  return `apt's mirror has no ${SUITE}: with Debian's own QEMU a guest may lose its network in a move; see docs/lab.md`;
}

/** Options of apt for that suite of the machine's own mirror, without the machine's lists knowing of it. */
async function backports(folder: string): Promise<string[]> {
  const format = "$(CODENAME) $(REPO_URI)";
  const targets = await run("apt-get", ["indextargets", "--format", format, "Identifier: Packages", "Component: main"]);
  const mirror = targets
    .split("\n")
    .find((line) => line.startsWith("bookworm "))
    ?.slice("bookworm ".length);
  if (mirror === undefined) throw new LabError("apt knows no mirror of bookworm");
  const apt = `${folder}/apt`;
  mkdirSync(`${apt}/lists/partial`, { recursive: true });
  writeFileSync(
    `${apt}/sources.list`,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${SUITE} main\n`,
  );
  const settings = {
    "Dir::Etc::sourcelist": `${apt}/sources.list`,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": `${apt}/lists`,
    "Dir::Cache::pkgcache": "",
    "Dir::Cache::srcpkgcache": "",
    "APT::Sandbox::User": "root",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await run("apt-get", [...options, "-q", "update"], { env: proxies() });
  return options;
}
