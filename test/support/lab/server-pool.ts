import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labApi, labPaths, makeServer, setPace, type MadeServer, type Pace } from "../../../lab/api.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth } from "./cloud.ts";
import { engine, startEngine, type EngineResult, type RunningEngine } from "./run-engine.ts";
import { FaultProxy } from "../http/fault-proxy.ts";

/** A server of the fleet with a proxy of its own in front of the cloud, for one test. */
export interface PooledServer {
  readonly server: MadeServer;
  readonly proxy: FaultProxy;
  readonly cloud: Cloud;
  /** Where the server is, and where it is to go. */
  readonly source: string;
  readonly destination: string;
  /** `live-migrate run SERVER --host DESTINATION`, through the proxy. */
  readonly start: (args?: string[]) => RunningEngine;
  readonly run: (args?: string[]) => Promise<EngineResult>;
  /** `live-migrate COMMAND SERVER`, through the proxy. */
  readonly command: (name: string) => Promise<EngineResult>;
  /** How migrations of this server go. */
  readonly pace: (pace: Pace) => void;
  readonly truth: () => ReturnType<typeof truth>;
  /** Live migrations since this test began. */
  readonly moves: () => Promise<number>;
  /** Requests for a live migration that Nova has answered, one way or another. */
  readonly posts: () => number;
  /** Those that were sent, whether they reached Nova or not. */
  readonly sent: () => number;
}

/** Path of a server's own GET, which nothing else has. */
export const serverPath = (id: string) => new RegExp(`/servers/${id}$`);
export const POST = { method: "POST", service: "compute", path: "/action" } as const;

/** The tests' fleet has so many. */
const HOSTS = 8;

/** A path of the fleet: its servers go to and fro, so that no two tests wait for the same source's only slot. */
interface Slot {
  readonly name: string;
  readonly hosts: readonly [string, string];
  server: MadeServer | undefined;
}

/**
 * Servers for tests that run at the same time: one server and two hosts each, used again by the next test.
 *
 * @example
 * const pool = await ServerPool.open("kill", 3);
 * it.concurrent("…", ({ expect }) => pool.use(async ({ run }) => { expect(await run()).toMatchObject({ exitCode: 0 }) }));
 */
export class ServerPool {
  readonly #cloud: Cloud;
  readonly #folder: string;
  readonly #settings: object;
  readonly #free: Slot[];
  readonly #slots: readonly Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  private constructor(cloud: Cloud, folder: string, slots: Slot[], settings: object) {
    this.#settings = settings;
    this.#cloud = cloud;
    this.#folder = folder;
    this.#free = [...slots];
    this.#slots = slots;
  }

  /**
   * @param places How many tests may run at the same time; each takes two hosts, node-01 and node-02 first. Beyond four
   *   they share hosts, each with another partner: for tests that wait more than they move.
   * @param settings added to each cloud of the clouds.yaml that the engine gets
   */
  static async open(name: string, places: number, settings: object = {}): Promise<ServerPool> {
    const host = (number: number) => `node-${String((number % HOSTS) + 1).padStart(2, "0")}`;
    const slots = Array.from({ length: places }, (_, i): Slot => {
      const first = 2 * i + Math.floor((2 * i) / HOSTS);
      return { name: `${name}-${i + 1}`, hosts: [host(first), host(first + 1)], server: undefined };
    });
    const folder = await mkdtemp(join(tmpdir(), "pool-"));
    return new ServerPool(await connectLab(), folder, slots, settings);
  }

  /** Runs a test with a server of its own. After a failed test its server is not used again. */
  async use<T>(test: (pooled: PooledServer) => Promise<T>): Promise<T> {
    const slot = this.#free.shift() ?? (await new Promise<Slot>((resolve) => this.#waiting.push(resolve)));
    try {
      return await this.#with(slot, test);
    } catch (error) {
      const spoilt = slot.server;
      slot.server = undefined;
      await spoilt?.remove().catch(() => undefined);
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next(slot);
      else this.#free.push(slot);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(async ({ server }) => await server?.remove()));
    await rm(this.#folder, { recursive: true });
    await this.#cloud.session.close();
  }

  async #with<T>(slot: Slot, test: (pooled: PooledServer) => Promise<T>): Promise<T> {
    const cloud = this.#cloud;
    const [first, second] = slot.hosts;
    slot.server ??= await makeServer(await labApi(), { name: slot.name, host: first });
    const { server } = slot;
    const { host } = await cloud.compute.getServer(server.id);
    const source = host ?? first;
    const destination = source === first ? second : first;
    const clouds = join(this.#folder, `${slot.name}.yaml`);
    const proxy = await FaultProxy.forClouds(labPaths().cloudsFile, clouds, this.#settings);
    const before = await migrationCount(cloud, server.id);
    const start = (args: string[] = []) => {
      const host = args.includes("--host") ? [] : ["--host", destination];
      return startEngine(["run", server.id, ...host, ...args], { OS_CLIENT_CONFIG_FILE: clouds });
    };
    try {
      return await test({
        server,
        proxy,
        cloud,
        source,
        destination,
        start,
        run: (args) => start(args).ended,
        command: (name) => engine([name, server.id], { OS_CLIENT_CONFIG_FILE: clouds }),
        pace: (pace) => {
          setPace(pace, server.id);
        },
        truth: () => truth(cloud, server.id),
        moves: async () => (await migrationCount(cloud, server.id)) - before,
        sent: () => proxy.log.filter(({ path }) => path.includes("/action")).length,
        posts: () => proxy.log.filter(({ path, status }) => path.includes("/action") && status !== undefined).length,
      });
    } finally {
      setPace(undefined, server.id);
      await proxy.close();
    }
  }
}
