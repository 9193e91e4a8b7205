import { becomes, labApi, makeServer, removeServer, removeVolume, type MadeServer } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";

const NAME = "chaos";
const LEFT = new RegExp(`^${NAME}-\\d+$`);
const AT_A_TIME = 4;
/** On a loaded machine Nova needs minutes. Seconds. */
const PATIENCE = 600;

/** The fleet's servers, by number; one that Nova broke is replaced by another. */
export class Servers {
  readonly #cloud: Cloud;
  readonly #hosts: readonly string[];
  readonly #made: MadeServer[] = [];
  #count = 0;

  constructor(cloud: Cloud, hosts: readonly string[]) {
    this.#cloud = cloud;
    this.#hosts = hosts;
  }

  /** Makes `count` servers, spread over the hosts. */
  async make(count: number): Promise<void> {
    // A few at a time: on a small machine more are not faster, but may be too slow for Nova.
    while (this.#made.length < count) {
      const some = Math.min(AT_A_TIME, count - this.#made.length);
      const first = this.#made.length;
      this.#made.push(...(await Promise.all(Array.from({ length: some }, (_, i) => this.#next(first + i)))));
    }
  }

  /** Removes what a run that was killed has left. */
  async sweep(): Promise<void> {
    const { compute } = this.#cloud;
    const left = (await compute.getServers({ allProjects: true })).filter(({ name }) => LEFT.test(name));
    for (const { id } of left) {
      const volumeIds = (await compute.getServerVolumeAttachments(id)).map(({ volumeId }) => volumeId);
      await this.#remove({ id, volumeIds });
    }
  }

  at(number: number): MadeServer {
    const server = this.#made[number];
    if (server === undefined) throw new Error(`no server ${number}`);
    return server;
  }

  /** Starts or stops it unless it is so, and waits until it is. */
  async put(number: number, status: "ACTIVE" | "SHUTOFF"): Promise<void> {
    const { id } = this.at(number);
    if ((await this.#cloud.compute.getServer(id)).status === status) return;
    const api = await labApi();
    await api.call("compute", "POST", `/servers/${id}/action`, {
      [status === "ACTIVE" ? "os-start" : "os-stop"]: null,
    });
    await becomes(api, id, status, PATIENCE);
  }

  /** How many were made, those that were replaced included. */
  get everMade(): number {
    return this.#count;
  }

  /** Every fourth boots from an image: its root disk is its host's. */
  async #next(place: number): Promise<MadeServer> {
    const number = this.#count++;
    const host = this.#hosts[number % this.#hosts.length] ?? "";
    return await makeServer(await labApi(), {
      name: `${NAME}-${number}`,
      host,
      localDisk: place % 4 === 3,
      seconds: PATIENCE,
    });
  }

  /** Puts a new server in the place of one that cannot be used any more. */
  async replace(number: number): Promise<void> {
    const old = this.at(number);
    this.#made[number] = await this.#next(number);
    await this.#remove(old);
  }

  async removeAll(): Promise<void> {
    while (this.#made.length > 0) {
      await Promise.all(this.#made.splice(0, AT_A_TIME).map((server) => this.#remove(server)));
    }
  }

  /** With attachments that Nova has left behind, which would hold the volumes for ever. */
  async #remove({ id, volumeIds }: Pick<MadeServer, "id" | "volumeIds">): Promise<void> {
    const api = await labApi();
    await removeServer(api, id);
    const left = await this.#cloud.blockStorage.getAttachments({ instanceId: id, allProjects: true });
    for (const attachment of left) {
      await this.#cloud.session.request("block-storage", {
        method: "DELETE",
        path: `/attachments/${attachment.id}`,
        microversion: "3.27",
      });
    }
    await Promise.all(volumeIds.map((volume) => removeVolume(api, volume)));
  }
}
