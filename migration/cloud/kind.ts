import type { ServerFacts } from "./snapshot.ts";
import type { Kind } from "../contract/kind.ts";

/** A disk that is not a volume: a file of the host, or of storage that hosts share. No API says which. */
export interface LocalDisk {
  /** @example "an ephemeral disk of 5 GiB" */
  words: string;
  /** As the flavor sets it; 0: not set there; null: read-only, which Nova's time-out does not count. */
  gib: number | null;
}

/**
 * The local disks of a server. A root disk of 0 GiB has the size of its image, which is not known here; a config drive has
 * at most 64 MiB. Pure.
 */
export function localDisks({ image, configDrive, flavor }: Pick<ServerFacts, "image" | "configDrive" | "flavor">) {
  const disks: (LocalDisk | false)[] = [
    image !== null && {
      words: flavor.rootGiB > 0 ? `a root disk of ${flavor.rootGiB} GiB` : "a root disk of its image's size",
      gib: flavor.rootGiB,
    },
    flavor.ephemeralGiB > 0 && {
      words: `an ephemeral disk of ${flavor.ephemeralGiB} GiB`,
      gib: flavor.ephemeralGiB,
    },
    flavor.swapMiB > 0 && { words: `swap of ${flavor.swapMiB} MiB`, gib: flavor.swapMiB / 1024 },
    configDrive && { words: "a config drive", gib: null },
  ];
  return disks.filter((disk) => disk !== false);
}

/** How the server would be moved. Pure. */
export const kindOf = (server: Pick<ServerFacts, "image" | "configDrive" | "flavor">): Kind =>
  localDisks(server).length > 0 ? "live-local-disks" : "live-volume-backed";
