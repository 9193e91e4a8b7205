/** The guest's disk image: built once from Debian packages, and given each lab's own ssh key. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { cached, hashOf, makeOnce } from "./cache.ts";
import { unpack } from "./apt.ts";
import { IMAGE_PACKAGES } from "./packages.ts";
import { paths } from "./paths.ts";
import { KERNEL } from "./releases/release.ts";
import { LabError, run } from "./shell.ts";
import type { Lab } from "./settings.ts";
import { hasTree, runInside } from "./tree/enter.ts";
import { packageVersions } from "./tree/provide.ts";

const RECIPE = `${import.meta.dirname}/guest-image`;
/** MiB of the whole disk; a boot volume is 1 GiB and the guest grows into it at its first boot. */
const SIZE_MIB = 64;
/** Where the only partition starts. */
const PARTITION_BYTES = 1024 ** 2;

/** Everything the image depends on, but for the kernel's version: any kernel of this Debian will do. */
async function ingredients(lab: Lab): Promise<string[]> {
  const files = readdirSync(RECIPE).sort();
  const versions = await packageVersions(lab, IMAGE_PACKAGES);
  return [
    String(SIZE_MIB),
    ...files.flatMap((file) => [file, readFileSync(`${RECIPE}/${file}`, "utf8")]),
    ...[...versions].map(([name, version]) => `${name}=${version}`).sort(),
  ];
}

/** The image without a key, from the cache. */
export async function baseImage(lab: Lab): Promise<string> {
  const dir = await makeOnce(cached(lab, "guest-image", await ingredients(lab)), async (target) => {
    // Where a tree's programs see it; they do not see the cache.
    const work = `${paths(lab).run}/guest-image`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    if (hasTree(lab)) symlinkSync(`/${KERNEL}`, `${work}/kernel`);
    else await unpack(work, `${work}/kernel`, await kernelPackage());
    await runInside(lab, ["/bin/bash", `${RECIPE}/build.sh`, work, String(SIZE_MIB)]);
    copyFileSync(`${work}/guest.raw`, `${target}/guest.raw`);
    rmSync(work, { recursive: true });
  });
  return `${dir}/guest.raw`;
}

/** Names what the lab's image is made of: the recipe and the key. */
export async function imageRecipe(lab: Lab): Promise<string> {
  return hashOf([...(await ingredients(lab)), readFileSync(`${paths(lab).guestKey}.pub`, "utf8")]);
}

/** The package that the meta package stands for now. */
async function kernelPackage(): Promise<string> {
  const depends = await run("apt-cache", ["depends", "linux-image-cloud-amd64"]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined)
    throw new LabError("apt knows no linux-image-cloud-amd64; is Debian's main archive in its sources?");
  return name;
}

/** Makes the lab's ssh key if there is none. */
export async function guestKey(lab: Lab): Promise<void> {
  const key = paths(lab).guestKey;
  if (existsSync(key) && existsSync(`${key}.pub`)) return;
  rmSync(key, { force: true });
  await runInside(lab, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", `${lab.prefix} guests`, "-f", key]);
}

/**
 * A copy of the image that lets the lab's key in; the caller removes it.
 * The key is written into the file system directly, so no mount is needed.
 */
export async function keyedImage(lab: Lab): Promise<string> {
  const image = `${paths(lab).run}/guest.raw`;
  copyFileSync(await baseImage(lab), image);
  const commands = [
    "cd /root/.ssh",
    `write ${paths(lab).guestKey}.pub authorized_keys`,
    "sif authorized_keys mode 0100600",
  ];
  const partition = `${image}?offset=${PARTITION_BYTES}`;
  await runInside(lab, ["debugfs", "-w", "-f", "-", partition], { input: `${commands.join("\n")}\n` });
  return image;
}
