import type { StackResources } from "./stack-state.ts";
import { isUuid } from "../volumes/volume-sources.ts";

/** A volume of a server that exists. */
export interface LiveVolume {
  /** Empty: the provider does not know, as for the boot volume of an imported server. */
  id: string;
  /** What this stack made it as; null: it is not this stack's own (`volumeId`). */
  made: { sizeGiB: number; volumeType: string } | null;
}

/** A network of a server that exists; an empty text: none. */
export interface LiveNetwork {
  name: string;
  id: string;
  portId: string;
  fixedIp: string;
}

/** A server that exists, as the stack's state has it. */
export interface LiveServer {
  id: string;
  flavor: string;
  /** Empty: none. */
  keyPair: string;
  /** SHA-1 of it in hexadecimal digits, which is all that the provider keeps; empty: none that is known. */
  userDataSha1: string;
  /** Empty: none that is known. */
  serverGroupId: string;
  networks: LiveNetwork[];
  /** As the provider last read it. @example "shutoff" */
  powerState: string;
  /** An address of the guest; undefined: none is known. */
  address: string | undefined;
  /** Id of the image that it boots from, with its root disk outside Cinder; empty: it boots from a volume. */
  image: string;
  bootVolume: LiveVolume;
  /** Attached by this stack, by their keys among the data volumes. */
  dataVolumes: Readonly<Record<string, LiveVolume>>;
  /** Whether data volumes that are no more declared are kept in Cinder. */
  keepsVolumes: boolean;
}

export const INSTANCE = "openstack:compute/instance:Instance";
const VOLUME = "openstack:blockstorage/volume:Volume";
const ATTACHMENT = "openstack:compute/volumeAttach:VolumeAttach";

/**
 * Finds a server and its volumes in the stack's state. Pure.
 *
 * @param urn of its `Instance`
 * @param name of the `VolumeBackedServer`
 * @returns undefined for one that does not exist yet
 */
export function liveServer(resources: StackResources, urn: string, name: string): LiveServer | undefined {
  const instance = resources[urn]?.outputs;
  if (!instance) return undefined;
  const id = text(instance["id"]);
  const parents = urn.slice(0, urn.length - `${INSTANCE}::${name}`.length);
  const volume = (key: string, volumeId: string): LiveVolume => {
    const own = resources[`${parents}${VOLUME}::${name}-${key}`]?.outputs;
    return {
      id: volumeId,
      made: own ? { sizeGiB: Number(own["size"]), volumeType: text(own["volumeType"]) } : null,
    };
  };
  const prefix = `${parents}${ATTACHMENT}::${name}-`;
  const dataVolumes = Object.entries(resources)
    // Two servers' names may begin alike: the id decides.
    .filter(([one, { outputs }]) => one.startsWith(prefix) && outputs["instanceId"] === id)
    .map(([one, { outputs }]): [string, string] => [one.slice(prefix.length), text(outputs["volumeId"])]);
  const networks = list(instance["networks"]);
  const component = resources[parents.replace(/\$$/, `::${name}`)]?.outputs;
  return {
    id,
    flavor: text(instance["flavorName"]),
    keyPair: text(instance["keyPair"]),
    userDataSha1: text(instance["userData"]),
    serverGroupId: text(list(instance["schedulerHints"])[0]?.["group"]),
    networks: networks.map((network) => ({
      name: text(network["name"]),
      id: text(network["uuid"]),
      portId: text(network["port"]),
      fixedIp: text(network["fixedIpV4"]),
    })),
    powerState: text(instance["powerState"]),
    address: [text(instance["accessIpV4"]), text(networks[0]?.["fixedIpV4"])].find((address) => address !== ""),
    // Of a server that boots from a volume the provider has a sentence here.
    image: isUuid(text(instance["imageId"])) ? text(instance["imageId"]) : "",
    bootVolume: volume("boot", text(list(instance["blockDevices"])[0]?.["uuid"])),
    dataVolumes: Object.fromEntries(dataVolumes.map(([key, volumeId]) => [key, volume(key, volumeId)])),
    keepsVolumes: component?.["protected"] !== false,
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one): one is Record<string, unknown> => typeof one === "object") : [];
