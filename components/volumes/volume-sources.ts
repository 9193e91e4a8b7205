import type { BootVolumeArgs, DataVolumeArgs } from "./volume-args.ts";
import type { Problem } from "../../openstack/problems.ts";

/** Where a volume comes from. `empty` is for data volumes only. */
export type VolumeSource = "image" | "snapshotId" | "volumeId" | "empty";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Is this text an id (else: a name that Glance has to look up)? */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The problems of a boot volume's arguments: which are there and which are not, never what they will be. */
export function bootVolumeProblems(path: string, args: BootVolumeArgs): Problem[] {
  const given = (["image", "snapshotId", "volumeId"] as const).filter((source) => args[source] !== undefined);
  const problems: Problem[] = [];
  if (given.length === 0) {
    problems.push({
      path: `${path}.image`,
      value: undefined,
      problem: "the boot volume has no source: a server can boot from an image, a snapshot or an existing volume",
      fix: "name an image (or give snapshotId, or volumeId)",
    });
  }
  return [...problems, ...sourceProblems(path, given), ...sizeProblems(path, args, given.includes("volumeId"))];
}

/** The problems of a data volume's arguments. */
export function dataVolumeProblems(path: string, args: DataVolumeArgs): Problem[] {
  const given = (["snapshotId", "volumeId"] as const).filter((source) => args[source] !== undefined);
  return [...sourceProblems(path, given), ...sizeProblems(path, args, given.includes("volumeId"))];
}

/** Where the volume comes from, of arguments without problems. */
export function volumeSource(args: BootVolumeArgs & DataVolumeArgs): VolumeSource {
  if (args.volumeId !== undefined) return "volumeId";
  if (args.snapshotId !== undefined) return "snapshotId";
  return args.image === undefined ? "empty" : "image";
}

function sourceProblems(path: string, given: readonly string[]): Problem[] {
  if (given.length < 2) return [];
  return [
    {
      path,
      value: given,
      problem: `${given.join(" and ")} contradict each other: a volume has one source`,
      fix: `keep one of ${given.join(", ")}`,
    },
  ];
}

function sizeProblems(path: string, args: DataVolumeArgs, existing: boolean): Problem[] {
  const { sizeGiB } = args;
  if (existing) {
    if (sizeGiB === undefined) return [];
    return [
      {
        path: `${path}.sizeGiB`,
        value: sizeGiB,
        problem: "an existing volume (volumeId) is attached as it is; this stack does not change its size",
        fix: "leave sizeGiB out",
      },
    ];
  }
  if (sizeGiB === undefined) {
    return [
      { path: `${path}.sizeGiB`, value: undefined, problem: "no size for the new volume", fix: "give it in GiB" },
    ];
  }
  if (typeof sizeGiB === "number" && !(Number.isInteger(sizeGiB) && sizeGiB > 0)) {
    return [
      {
        path: `${path}.sizeGiB`,
        value: sizeGiB,
        problem: "not a size: Cinder takes whole GiB, at least 1",
        fix: "give a whole number of GiB",
      },
    ];
  }
  return [];
}
