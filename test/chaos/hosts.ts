import { service } from "../../lab/api.ts";
import type { Cloud } from "../../openstack/cloud.ts";
import { OpenStackError } from "../../openstack/http/errors.ts";
import { eventually } from "../support/lab/cloud.ts";
import type { CloudFault } from "./schedule.ts";

const ZONE = "chaos";
/** Nova's own name for hosts of no zone. */
export const DEFAULT_ZONE = "nova";
/** A nova-compute that reports so long after its death is a new one, whatever it had under way when it died. */
const REBORN_AFTER = 3_000;

/** Puts right what was made wrong. */
export type Undo = () => Promise<void>;

type Inventories = Record<string, Record<string, number>>;

/** The fleet's hosts: their zones, and what is made wrong about them and put right again. */
export class Hosts {
  readonly #cloud: Cloud;
  readonly names: readonly string[];
  readonly #zone: readonly string[];
  #aggregate: number | null = null;

  constructor(cloud: Cloud, names: readonly string[]) {
    this.#cloud = cloud;
    this.names = names;
    this.#zone = names.slice(names.length / 2);
  }

  /** Those with nova-compute up, by name. */
  static async of(cloud: Cloud): Promise<Hosts> {
    const services = await cloud.compute.getServices({ binary: "nova-compute" });
    const up = services.filter(({ state, status }) => state === "up" && status === "enabled");
    return new Hosts(cloud, up.map(({ host }) => host).sort());
  }

  readonly zones = [DEFAULT_ZONE, ZONE];

  inZone(zone: string): string[] {
    return this.names.filter((host) => this.#zone.includes(host) === (zone === ZONE));
  }

  /** Declares the second zone, over half of the hosts; what a killed run left of it is used again. */
  async makeZone(): Promise<void> {
    const old = (await this.#cloud.compute.getAggregates()).find(({ name }) => name === ZONE);
    const aggregate = { name: ZONE, availability_zone: ZONE };
    const made =
      old ?? ((await this.#send("POST", "/os-aggregates", { aggregate })) as { aggregate: { id: number } }).aggregate;
    this.#aggregate = made.id;
    for (const host of this.#zone) {
      if (!old?.hosts.includes(host))
        await this.#send("POST", `/os-aggregates/${made.id}/action`, { add_host: { host } });
    }
  }

  async removeZone(): Promise<void> {
    const id = this.#aggregate;
    if (id === null) return;
    for (const host of this.#zone) await this.#send("POST", `/os-aggregates/${id}/action`, { remove_host: { host } });
    await this.#send("DELETE", `/os-aggregates/${id}`);
    this.#aggregate = null;
  }

  /** Returns what enables it again. */
  async disable(host: string): Promise<Undo> {
    const [found] = await this.#cloud.compute.getServices({ binary: "nova-compute", host });
    if (found === undefined) throw new Error(`no nova-compute on ${host}`);
    const path = `/os-services/${found.id}`;
    await this.#send("PUT", path, { status: "disabled" });
    return async () => {
      await this.#send("PUT", path, { status: "enabled" });
    };
  }

  /** Placement has no memory left to give there. Returns what gives it back. */
  async fill(host: string): Promise<Undo> {
    const node = (await this.#cloud.compute.getHypervisors()).find(({ serviceHost }) => serviceHost === host);
    if (node === undefined) throw new Error(`no hypervisor on ${host}`);
    const path = `/resource_providers/${node.id}/inventories/MEMORY_MB`;
    const reserve = async (all: boolean) => {
      // Nova writes there as well: the generation is of this very moment, or it is tried again.
      await eventually(`the memory of ${host} is ${all ? "taken" : "free"}`, 20, async () => {
        const { body } = await this.#cloud.session.request("placement", { method: "GET", path, microversion: "1.31" });
        const now = body as Inventories[string] & { total: number };
        const wish = { ...now, reserved: all ? now.total : 0 };
        const request = { method: "PUT", path, body: wish, microversion: "1.31" } as const;
        return await this.#cloud.session.request("placement", request).then(
          () => true,
          (error: unknown) => {
            if (error instanceof OpenStackError) return false;
            throw error;
          },
        );
      });
    };
    await reserve(true);
    return () => reserve(false);
  }

  /** Kills a service; resolves when it does its work again. */
  async kill({ service: name, holdMs }: CloudFault, host: string): Promise<void> {
    const killed = name === "nova-compute" ? `${host}.nova-compute` : name;
    const control = service(killed);
    const at = Date.now();
    if (holdMs === 0) await control.kill();
    else {
      await control.killAndHold();
      await new Promise((resolve) => setTimeout(resolve, holdMs));
      await control.start();
    }
    await this.#reporting(at + holdMs + REBORN_AFTER);
  }

  /** Every nova-compute has reported since: through the bus, the conductor and the database. */
  async #reporting(since: number): Promise<void> {
    await eventually("every nova-compute reports again", 180, async () => {
      try {
        const services = await this.#cloud.compute.getServices({ binary: "nova-compute" });
        return this.names.every((host) =>
          services.some((one) => one.host === host && one.state === "up" && Date.parse(one.updatedAt ?? "") > since),
        );
      } catch (error) {
        if (error instanceof OpenStackError) return false;
        throw error;
      }
    });
  }

  async #send(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<unknown> {
    const request = { method, path, microversion: "2.53" as const, ...(body && { body }) };
    return (await this.#cloud.session.request("compute", request)).body;
  }
}
