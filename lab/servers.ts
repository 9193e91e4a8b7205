/** Servers for tests and benchmarks: volume-backed, on a host that is named, unpinned; made and removed through the APIs. */
import { waitFor } from "./wait.ts";
import type { Api } from "./rest.ts";
import { IMAGE, NETWORK } from "./seed.ts";
import { LabError } from "./shell.ts";

export interface ServerWish {
  name: string;
  /** Where it is born; it is not pinned to that host's zone. */
  host: string;
  /** Volumes of 1 GiB beside the boot volume. @default 1 */
  dataVolumes?: number;
  /** Boot from the lab's image; an empty boot volume suffices a fake hypervisor. @default false */
  withImage?: boolean;
  /** No boot volume: the root disk is the host's own, from the lab's image. @default false */
  localDisk?: boolean;
  /** @default "m1.nano" */
  flavor?: string;
  /** Added to, or put instead of, what the request's `server` holds. */
  server?: Record<string, unknown>;
  /** How long Nova may take to make it, and Cinder each volume, in seconds. @default 120 */
  seconds?: number;
  /** The request's `os:scheduler_hints`. */
  schedulerHints?: Record<string, unknown>;
}

export interface MadeServer {
  readonly id: string;
  readonly name: string;
  /** The boot volume first, if there is one. */
  readonly volumeIds: readonly string[];
  /** Deletes server and volumes, whatever state they are in; nothing if they are gone. */
  remove: () => Promise<void>;
}

interface State {
  status: string;
  "OS-EXT-STS:task_state": string | null;
  fault?: { message: string };
}

/**
 * Between two looks, in milliseconds. Nova asks Neutron twice for every look at a server: five times a second, of some
 * tests at once, kept both busier than the tests did.
 */
const POLL = 750;

/**
 * Makes a volume-backed server and waits until it is ACTIVE.
 * @throws LabError if the lab makes none, with Nova's reason; what was made is removed again.
 */
export async function makeServer(api: Api, wish: ServerWish): Promise<MadeServer> {
  const volumeIds: string[] = [];
  let id: string | undefined;
  const remove = async () => {
    await (id !== undefined && removeServer(api, id));
    await Promise.all(volumeIds.map((volume) => removeVolume(api, volume)));
  };
  try {
    const [flavor, network, image] = await Promise.all([
      findFlavor(api, wish.flavor ?? "m1.nano"),
      findNetwork(api),
      wish.withImage === true || wish.localDisk === true ? findImage(api) : undefined,
    ]);
    const data = Array.from({ length: wish.dataVolumes ?? 1 }, (_, i) => `${wish.name}-data${i + 1}`);
    if (wish.localDisk !== true) volumeIds.push(await makeVolume(api, `${wish.name}-boot`, image, wish.seconds));
    for (const name of data) volumeIds.push(await makeVolume(api, name, undefined, wish.seconds));
    const server = {
      name: wish.name,
      flavorRef: flavor,
      networks: [{ uuid: network }],
      availability_zone: `:${wish.host}`,
      ...(wish.localDisk === true && { imageRef: image }),
      block_device_mapping_v2: [
        ...(wish.localDisk === true ? [localRoot(image ?? "")] : []),
        ...volumeIds.map((uuid, i) => ({
          uuid,
          source_type: "volume",
          destination_type: "volume",
          boot_index: i === 0 && wish.localDisk !== true ? 0 : -1,
          delete_on_termination: false,
        })),
      ],
      ...wish.server,
    };
    const hints = wish.schedulerHints && { "os:scheduler_hints": wish.schedulerHints };
    const made = await api.call<{ server: { id: string } }>("compute", "POST", "/servers", { server, ...hints });
    id = made.server.id;
    await becomes(api, id, "ACTIVE", wish.seconds);
    return { id, name: wish.name, volumeIds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Beside volumes, Nova must be told of it. */
const localRoot = (uuid: string) => ({
  uuid,
  source_type: "image",
  destination_type: "local",
  boot_index: 0,
  delete_on_termination: true,
});

/** Waits for a status without a task under way. @throws LabError with Nova's reason once the server is in ERROR. */
export async function becomes(api: Api, id: string, status: string, seconds = 120): Promise<void> {
  const end = await waitFor(
    `server ${id} is ${status}`,
    async () => {
      const { server } = await api.call<{ server: State }>("compute", "GET", `/servers/${id}`);
      const settled = server["OS-EXT-STS:task_state"] === null && [status, "ERROR"].includes(server.status);
      return settled && server;
    },
    { seconds, every: POLL },
  );
  if (end.status !== status) throw new LabError(`server ${id} is in ERROR: ${end.fault?.message ?? "no reason given"}`);
}

/** Makes a volume of 1 GiB, bootable, and waits until it is available. @param image to copy into it */
export async function makeVolume(api: Api, name: string, image?: string, seconds = 120): Promise<string> {
  const wish = { name, size: 1, ...(image !== undefined && { imageRef: image }) };
  const { volume } = await api.call<{ volume: { id: string } }>("volume", "POST", "/volumes", { volume: wish });
  await waitFor(`volume ${name} is available`, async () => (await volumeStatus(api, volume.id)) === "available", {
    seconds,
    every: POLL,
  });
  if (image === undefined) {
    await api.call("volume", "POST", `/volumes/${volume.id}/action`, { "os-set_bootable": { bootable: true } });
  }
  return volume.id;
}

export async function removeServer(api: Api, id: string): Promise<void> {
  await unlessGone(() => api.call("compute", "POST", `/servers/${id}/action`, { unlock: null }));
  await unlessGone(() => api.call("compute", "DELETE", `/servers/${id}`));
  await waitFor(`server ${id} is gone`, async () => isGone(() => api.call("compute", "GET", `/servers/${id}`)), {
    seconds: 120,
    every: POLL,
  });
}

/** Attachments that a migration left behind go too, so its server must be gone. */
export async function removeVolume(api: Api, id: string): Promise<void> {
  const { attachments } = await api.call<{ attachments: { id: string }[] }>(
    "volume",
    "GET",
    `/attachments?all_tenants=1&volume_id=${id}`,
  );
  for (const left of attachments) await unlessGone(() => api.call("volume", "DELETE", `/attachments/${left.id}`));
  const free = ["available", "error"];
  await waitFor(
    `volume ${id} is free`,
    async () => {
      const status = await volumeStatus(api, id);
      return status === undefined || free.includes(status);
    },
    { seconds: 60, every: POLL },
  );
  await unlessGone(() => api.call("volume", "DELETE", `/volumes/${id}`));
}

/** Undefined for one that does not exist. */
async function volumeStatus(api: Api, id: string): Promise<string | undefined> {
  const answer = await unlessGone(() => api.call<{ volume: { status: string } }>("volume", "GET", `/volumes/${id}`));
  return answer?.volume.status;
}

async function findFlavor(api: Api, name: string): Promise<string> {
  const { flavors } = await api.call<{ flavors: { id: string; name: string }[] }>("compute", "GET", "/flavors");
  return known(
    name,
    flavors.find((flavor) => flavor.name === name),
  );
}

async function findNetwork(api: Api): Promise<string> {
  const path = `/networks?name=${NETWORK}`;
  const { networks } = await api.call<{ networks: { id: string }[] }>("network", "GET", path);
  return known(NETWORK, networks[0]);
}

async function findImage(api: Api): Promise<string> {
  const { images } = await api.call<{ images: { id: string }[] }>("image", "GET", `/images?name=${IMAGE}`);
  return known(IMAGE, images[0]);
}

function known(name: string, found: { id: string } | undefined): string {
  if (found === undefined) throw new LabError(`the lab has no ${name}`);
  return found.id;
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LabError && / answered 404:/.test(error.message)) return undefined;
    throw error;
  }
}

/** Not by the answer itself: a delete has none. */
async function isGone(ask: () => Promise<unknown>): Promise<boolean> {
  return (await unlessGone(async () => [await ask()])) === undefined;
}
