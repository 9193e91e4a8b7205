import { createHash } from "node:crypto";
import type { LiveNetwork, LiveServer, LiveVolume } from "../state/live-server.ts";
import type { Problem } from "../../openstack/problems.ts";

/** A declared value; null: not declared; undefined: only `up` will know it. */
export type Wanted<T> = T | null | undefined;

export interface WantedNetwork {
  name?: string;
  id?: string;
  portId?: string;
  fixedIp?: string;
}

export interface WantedVolume {
  volumeId: Wanted<string>;
  sizeGiB: Wanted<number>;
  volumeType: Wanted<string>;
}

/** The declared server, as far as a change of it is more than an update in place. */
export interface WantedServer {
  flavor: Wanted<string>;
  keyPair: Wanted<string>;
  userData: Wanted<string>;
  serverGroupId: Wanted<string>;
  networks: Wanted<WantedNetwork[]>;
  bootVolume: WantedVolume;
  dataVolumes: Readonly<Record<string, WantedVolume>>;
  allowReplacement: boolean;
  allowRestart: boolean;
}

/** What a changed program would do to an existing server. */
export interface ServerChanges {
  /** Refused changes. */
  problems: Problem[];
  /** Data volumes that are no longer declared. */
  removed: { key: string; volume: LiveVolume }[];
  /** Differences from the program that stay as they are. */
  warnings: string[];
}

/** Finds the changes that would restart or replace the server, or lose data. Pure. */
export function serverChanges(wanted: WantedServer, live: LiveServer): ServerChanges {
  const removed = Object.entries(live.dataVolumes)
    .filter(([key]) => !(key in wanted.dataVolumes))
    .map(([key, volume]) => ({ key, volume }));
  // Nothing else of it can be compared with a server that boots from a volume.
  if (live.image !== "" && !wanted.allowReplacement) return { problems: [bootsFromImage(live)], removed, warnings: [] };
  return {
    problems: [
      ...flavorProblems(wanted, live),
      ...(wanted.allowReplacement ? [] : creationProblems(wanted, live)),
      ...volumeProblems("bootVolume", wanted.bootVolume, live.bootVolume, wanted.allowReplacement),
      ...Object.entries(wanted.dataVolumes).flatMap(([key, volume]) => {
        const had = live.dataVolumes[key];
        return had ? volumeProblems(`dataVolumes.${key}`, volume, had, false) : [];
      }),
    ],
    removed,
    warnings: wanted.allowReplacement ? [] : surplusNetworks(wanted, live),
  };
}

/** Only a hand-written import can bring such a server here. */
const bootsFromImage = ({ image }: LiveServer): Problem => ({
  path: "bootVolume",
  value: image,
  problem: "the server boots from an image, and its root disk is no volume: a VolumeBackedServer cannot declare it",
  fix: "declare it as an openstack.compute.Instance of your own, beside LiveMigration (examples/own-instance)",
});

function flavorProblems({ flavor, allowRestart }: WantedServer, live: LiveServer): Problem[] {
  if (flavor === undefined || flavor === null || flavor === live.flavor || allowRestart) return [];
  // A deleted flavor no longer has a name; the server keeps its resources.
  if (live.flavor === "") return [];
  return [
    {
      path: "flavor",
      value: flavor,
      problem:
        `the server is a ${live.flavor}: another flavor resizes it, which restarts the guest, ` +
        "and the scheduler may put it on another host",
      fix: `put ${live.flavor} back; or, if the guest may restart now, set allowRestart: true for this update`,
    },
  ];
}

/** What is fixed at creation: the provider can only change it by replacing the server. */
function creationProblems(wanted: WantedServer, live: LiveServer): Problem[] {
  const problems: Problem[] = [];
  const compare = (path: string, value: Wanted<string>, had: string, shown: unknown = value ?? undefined) => {
    if (value === undefined || (value ?? "") === had) return;
    const made = had === "" ? "without one" : path === "userData" ? "with other data" : `with ${had}`;
    problems.push({ path, value: shown, ...replacing(`the server was made ${made}`) });
  };
  const { userData } = wanted;
  compare("keyPair", wanted.keyPair, live.keyPair);
  compare("userData", userData && sha1(userData), live.userDataSha1, userData ? "(not shown)" : undefined);
  compare("serverGroupId", wanted.serverGroupId, live.serverGroupId);
  for (const [i, network] of (wanted.networks ?? []).entries()) {
    if (live.networks.some((one) => isNetwork(network, one))) continue;
    const has = live.networks.map(({ name, id, fixedIp }) => `${name || id} (${fixedIp || "no address"})`);
    problems.push({
      path: `networks.${i}`,
      value: network,
      ...replacing(`the server is on ${has.join(", ") || "no network"}`),
    });
  }
  return problems;
}

const replacing = (fact: string) => ({
  problem: `${fact}: a change would replace the running server by another one`,
  fix: "put it back (docs/changes.md explains how to recreate a server on its volumes)",
});

function volumeProblems(path: string, wanted: WantedVolume, live: LiveVolume, mayReplace: boolean): Problem[] {
  const { volumeId, sizeGiB, volumeType } = wanted;
  const { made } = live;
  // An id that only `up` will know belongs to another volume if this stack made the current one.
  const other =
    volumeId === null
      ? made === null
      : made !== null || (volumeId !== undefined && live.id !== "" && volumeId !== live.id);
  if (other) {
    if (mayReplace) return [];
    return [
      {
        path: `${path}.volumeId`,
        value: volumeId ?? undefined,
        problem: `the server has ${made ? "a volume of this stack's own" : "the existing volume"} ${live.id} here`,
        fix:
          path === "bootVolume"
            ? "put it back: a server keeps the volume that it boots from"
            : "give another volume a name of its own; this one is detached when its own entry is removed",
      },
    ];
  }
  const problems: Problem[] = [];
  if (made && typeof sizeGiB === "number" && sizeGiB < made.sizeGiB) {
    problems.push({
      path: `${path}.sizeGiB`,
      value: sizeGiB,
      problem: `the volume has ${made.sizeGiB} GiB: a volume cannot shrink, and another one would be empty`,
      fix: `give ${made.sizeGiB} or more`,
    });
  }
  if (made && typeof volumeType === "string" && volumeType !== made.volumeType) {
    problems.push({
      path: `${path}.volumeType`,
      value: volumeType,
      problem: `the volume is of type ${made.volumeType}: with another type a new, empty volume would take its place`,
      fix: `put ${made.volumeType} back; after \`cinder retype\` by hand, \`pulumi refresh\` first`,
    });
  }
  return problems;
}

/** Networks that someone attached by hand, or that were declared before. */
function surplusNetworks({ networks }: WantedServer, live: LiveServer): string[] {
  if (!networks) return [];
  return live.networks
    .filter((one) => !networks.some((network) => isNetwork(network, one)))
    .map(({ name, id }) => `the server is also on network ${name || id}, which is not declared; it stays as it is`);
}

function isNetwork({ name, id, portId, fixedIp }: WantedNetwork, live: LiveNetwork): boolean {
  const given: [string | undefined, string][] = [
    [name, live.name],
    [id, live.id],
    [portId, live.portId],
    [fixedIp, live.fixedIp],
  ];
  return given.every(([value, had]) => value === undefined || value === had);
}

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
