import type { Api } from "../../../lab/rest.ts";
import { DrainSchema, type DrainDocument } from "../../../migration/contract/drain.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { engine, startEngine, type EngineResult, type RunningEngine } from "./run-engine.ts";

/** A compute host of the fleet: what others do to it, what is on it by Nova and Placement themselves, and its drains. */
export class FleetHost {
  readonly #cloud: Cloud;
  readonly #api: Api;
  readonly name: string;

  constructor(cloud: Cloud, api: Api, name: string) {
    this.#cloud = cloud;
    this.#api = api;
    this.name = name;
  }

  async service() {
    const [found] = await this.#cloud.compute.getServices({ host: this.name, binary: "nova-compute" });
    if (found === undefined) throw new Error(`no nova-compute on ${this.name}`);
    return found;
  }

  /** @example await host.set({ forced_down: true }) */
  async set(body: {
    status?: "enabled" | "disabled";
    disabled_reason?: string | undefined;
    forced_down?: boolean;
  }): Promise<void> {
    await this.#api.call("compute", "PUT", `/os-services/${(await this.service()).id}`, body);
  }

  /** Names of its servers, of all projects and in all states. */
  async names(): Promise<string[]> {
    return (await this.#cloud.compute.getServers({ allProjects: true, host: this.name }))
      .map(({ name }) => name)
      .sort();
  }

  /** What must hold of a host that is called empty. */
  async truth() {
    return {
      servers: await this.names(),
      allocations: await this.#consumers(),
      status: (await this.service()).status,
    };
  }

  /** Removes what a test that broke a move before has left in Placement: a drain would name it, and rightly so. */
  async clear(): Promise<void> {
    const servers = (await this.#cloud.compute.getServers({ allProjects: true, host: this.name })).map(({ id }) => id);
    for (const consumer of await this.#consumers()) {
      if (servers.includes(consumer)) continue;
      console.warn(`${this.name} was not empty before this test: ${consumer}`);
      await this.#api.call("placement", "DELETE", `/allocations/${consumer}`);
    }
  }

  async #consumers(): Promise<string[]> {
    const node = (await this.#cloud.compute.getHypervisors()).find(({ serviceHost }) => serviceHost === this.name);
    return Object.keys(await this.#cloud.placement.getProviderAllocations(node?.id ?? ""));
  }

  startDrain(...args: string[]): RunningEngine {
    return startEngine(["drain", this.name, ...args]);
  }

  async drain(...args: string[]): Promise<DrainDocument> {
    return drained(await engine(["drain", this.name, ...args]));
  }
}

/** What {@link FleetHost.truth} is then. */
export const EMPTY = { servers: [], allocations: [], status: "disabled" };

/** The one document on stdout, by its schema. */
export function documentOf<T>(schema: { parse: (value: unknown) => T }, { stdout, stderr }: EngineResult): T {
  if (stdout === "") throw new Error(`no document; it said: ${stderr}`);
  return schema.parse(JSON.parse(stdout));
}

export const drained = (result: EngineResult): DrainDocument => documentOf(DrainSchema, result);
