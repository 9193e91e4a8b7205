/** Files that only packages with daemons carry (paste pipelines, schemas), unpacked into the cache instead of installed. */
import { readdirSync, rmSync } from "node:fs";
import { cached, makeOnce } from "./cache.ts";
import { installedVersions } from "./packages.ts";
import { LabError, run } from "./shell.ts";
import type { Lab } from "./settings.ts";

/** Package to unpack, and the installed one whose version it must have. */
const COMMON = {
  "nova-common": "python3-nova",
  "cinder-common": "python3-cinder",
  "glance-common": "python3-glance",
  "neutron-common": "python3-neutron",
  keystone: "python3-keystone",
} as const;

/** Folder of the unpacked packages. */
export async function debianFiles(lab: Lab): Promise<string> {
  const versions = await installedVersions(Object.values(COMMON));
  const wanted = Object.entries(COMMON).map(([name, like]) => ({ name, version: versions.get(like) ?? "" }));
  return makeOnce(
    cached(
      lab,
      "debian-files",
      wanted.map(({ name, version }) => `${name}=${version}`),
    ),
    async (dir) => {
      for (const { name, version } of wanted) await unpack(dir, dir, name, { version });
    },
  );
}

/**
 * Downloads a package and unpacks it into `to`.
 * @param from.version exact version; the newest if the mirror no longer has it, or if left out
 * @param from.options of apt-get, besides
 */
export async function unpack(
  work: string,
  to: string,
  name: string,
  { version, options: given = [] }: { version?: string; options?: readonly string[] } = {},
): Promise<void> {
  // Root's own sandbox user cannot write here, and root need not be told so.
  const options = [...given, "-q", "-o", "APT::Sandbox::User=root", "download"];
  const tries = version ? [`${name}=${version}`, name] : [name];
  for (const [i, what] of tries.entries()) {
    try {
      await run("apt-get", [...options, what], { cwd: work, env: proxies() });
      break;
    } catch (error) {
      if (i === tries.length - 1) throw error;
    }
  }
  const file = readdirSync(work).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith(".deb"));
  if (file === undefined) throw new LabError(`apt-get download ${name} left no file in ${work}`);
  await run("dpkg-deb", ["-x", `${work}/${file}`, to]);
  rmSync(`${work}/${file}`);
}

/** The caller's proxies, for apt alone. */
export function proxies(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
