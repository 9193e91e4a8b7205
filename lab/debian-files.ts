/** Files that only packages with daemons carry (paste pipelines, schemas), unpacked into the cache instead of installed. */
import { unpack } from "./apt.ts";
import { cached, makeOnce } from "./cache.ts";
import { installedVersions } from "./packages.ts";
import type { Lab } from "./settings.ts";
import { hasTree } from "./tree/enter.ts";
import { treeOf, unpackedIn } from "./tree/provide.ts";

/** Package to unpack, and the installed one whose version it must have. */
const COMMON = {
  "nova-common": "python3-nova",
  "cinder-common": "python3-cinder",
  "glance-common": "python3-glance",
  "neutron-common": "python3-neutron",
  keystone: "python3-keystone",
} as const;

/** Folder of the unpacked packages. A tree has its own. */
export async function debianFiles(lab: Lab): Promise<string> {
  if (hasTree(lab)) return unpackedIn(treeOf(lab));
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
