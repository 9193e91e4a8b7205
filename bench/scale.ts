import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { labApi, labPaths, setPace } from "../lab/api.ts";
import { connectLab } from "../test/support/lab/cloud.ts";
import { testHome } from "../test/support/environment.ts";
import { FaultProxy } from "../test/support/http/fault-proxy.ts";
import { changesByName, Stack, type Result } from "../test/support/stack/stack.ts";
import { median } from "./median.ts";
import { idealSeconds, losses, type Losses } from "./scale-ideal.ts";
import { movers, sweep, type ScaleServer } from "./scale-servers.ts";

/** Nova's default, which the lab keeps: `max_concurrent_live_migrations`. */
const AT_ONCE = 1;
const NAME = "bench-scale";
/**
 * Servers that are made at once. Pulumi's provider asks Nova about each of them every few seconds, and Nova asks Neutron
 * each time: with many more the lab does little else.
 */
const MADE_AT_ONCE = "10";

export interface ScaleRequest {
  servers: readonly ScaleServer[];
  /** How many of them `up` moves. */
  moves: number;
  /** How long the fake hypervisor copies memory, in seconds. */
  pace: number;
  /** `pulumi up --parallel`. */
  parallel: number;
  /** Previews of each kind. */
  rounds: number;
  /** Leave the servers for the next run. */
  keep: boolean;
}

/** A stack of many servers. */
export interface Scale {
  /** `pulumi preview` with the move of every server in it. Medians. */
  preview: {
    servers: number;
    planningSeconds: number;
    /** The same with `LIVE_MIGRATE_PLANNING=off`. */
    plainSeconds: number;
    /** Those of the planning alone. */
    requests: number;
  };
  /** `pulumi up` that moves some of the servers. */
  up: {
    moves: number;
    /** The whole process, from its start to its end. */
    seconds: number;
    /** By Nova's records and its limit: the least that the busiest source needs. */
    idealSeconds: number;
    /** Where it took longer than that. */
    lossesSeconds: Losses | undefined;
    /** All that was asked of the cloud meanwhile. */
    requests: number;
  };
}

/** Measures on the fleet profile. What it makes it takes away again, whatever happens. */
export async function scale(options: ScaleRequest, print: (text: string) => void): Promise<Scale> {
  const api = await labApi("fleet");
  if (!options.keep) await sweep(api);
  const run = await ScaleRun.open(options, print);
  try {
    await run.create();
    return { preview: await run.previews(), up: await run.up() };
  } finally {
    setPace(undefined);
    await run.close();
    if (!options.keep) {
      await sweep(api);
      await run.forget();
    }
  }
}

class ScaleRun {
  readonly #options: ScaleRequest;
  readonly #print: (text: string) => void;
  readonly #servers: readonly ScaleServer[];
  readonly #proxy: FaultProxy;
  readonly #planning: Stack;
  readonly #plain: Stack;

  private constructor(
    options: ScaleRequest,
    print: (text: string) => void,
    proxy: FaultProxy,
    { planning, plain }: Record<"planning" | "plain", Stack>,
  ) {
    this.#options = options;
    this.#print = print;
    this.#servers = options.servers;
    this.#proxy = proxy;
    this.#planning = planning;
    this.#plain = plain;
  }

  /** All requests go through a proxy, which counts them. */
  static async open(options: ScaleRequest, print: (text: string) => void): Promise<ScaleRun> {
    const folder = join(testHome("fleet"), NAME);
    await mkdir(folder, { recursive: true });
    const cloudsFile = join(folder, "clouds.yaml");
    const proxy = await FaultProxy.forClouds(labPaths("fleet").cloudsFile, cloudsFile);
    const env = { OS_CLIENT_CONFIG_FILE: cloudsFile, XDG_STATE_HOME: join(folder, "journal") };
    const stack = { name: NAME, config: { servers: {} } };
    return new ScaleRun(options, print, proxy, {
      planning: await Stack.open({ ...stack, env }),
      plain: await Stack.open({ ...stack, env: { ...env, LIVE_MIGRATE_PLANNING: "off" } }),
    });
  }

  async create(): Promise<void> {
    await this.#place([]);
    const { seconds } = await this.#timed(() => this.#up(MADE_AT_ONCE));
    this.#print(`${this.#servers.length} servers are there, after ${seconds.toFixed(0)} s`);
  }

  async previews(): Promise<Scale["preview"]> {
    await this.#place(this.#servers);
    const planning: { seconds: number; requests: number }[] = [];
    const plain: typeof planning = [];
    for (let round = 1; round <= this.#options.rounds; round++) {
      plain.push(await this.#preview(this.#plain, 0));
      planning.push(await this.#preview(this.#planning, this.#servers.length));
      const [a, b] = [planning.at(-1), plain.at(-1)].map(
        (one) => `${one?.seconds.toFixed(1) ?? ""} s, ${one?.requests ?? ""} requests`,
      );
      this.#print(`preview ${round} of ${this.#options.rounds}: with planning ${a ?? ""}; without ${b ?? ""}`);
    }
    const of = (all: typeof planning, key: "seconds" | "requests") => median(all.map((one) => one[key]));
    return {
      servers: this.#servers.length,
      planningSeconds: rounded(of(planning, "seconds")),
      plainSeconds: rounded(of(plain, "seconds")),
      requests: of(planning, "requests") - of(plain, "requests"),
    };
  }

  async up(): Promise<Scale["up"]> {
    const moving = movers(this.#servers, this.#options.moves);
    await this.#place(moving);
    setPace({ seconds: this.#options.pace });
    const { compute, session } = await connectLab();
    try {
      const before = (await compute.getMigrations({ limit: 1 }))[0]?.id ?? 0;
      const began = Date.now();
      const { seconds, requests } = await this.#timed(() => this.#up(String(this.#options.parallel)));
      const process = { began, ended: Date.now() };
      const migrations = (await compute.getMigrations({ migrationType: "live-migration", limit: 1000 })).filter(
        ({ id }) => id > before,
      );
      const ended = migrations.flatMap(({ sourceCompute = "", status, createdAt = "", updatedAt = "" }) =>
        status === "completed"
          ? [{ source: sourceCompute, createdAt: Date.parse(createdAt), endedAt: Date.parse(updatedAt) }]
          : [],
      );
      return {
        moves: ended.length,
        seconds: rounded(seconds),
        idealSeconds: idealSeconds(ended, AT_ONCE),
        lossesSeconds: losses(ended, AT_ONCE, process),
        requests,
      };
    } finally {
      await session.close();
    }
  }

  async close(): Promise<void> {
    await this.#proxy.close();
  }

  /** Of servers that are gone, the state is of no use. */
  async forget(): Promise<void> {
    await rm(this.#planning.backend, { recursive: true, force: true });
  }

  async #place(away: readonly ScaleServer[]): Promise<void> {
    const hosts = this.#servers.map((server) => [server.name, away.includes(server) ? server.away : server.home]);
    await this.#planning.configure(Object.fromEntries(hosts) as Record<string, string>);
  }

  async #up(parallel: string): Promise<Result> {
    const { configFile } = this.#planning;
    const args = ["up", "--yes", "--skip-preview", "--parallel", parallel, "--config-file", configFile];
    const result = await this.#planning.run(args);
    if (result.exitCode !== 0) throw new Error(`pulumi up: ${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** @throws if it does not plan just so many moves */
  async #preview(stack: Stack, moves: number): Promise<{ seconds: number; requests: number }> {
    const { value, seconds, requests } = await this.#timed(() => stack.preview());
    const updates = changesByName(value.steps).filter((step) => step.startsWith("update command:local:Command"));
    const planned = value.said.split('"action":"migrate"').length - 1;
    if (updates.length !== this.#servers.length || planned !== moves) {
      throw new Error(`a preview of ${updates.length} updates, with ${planned} plans: ${value.said}`);
    }
    return { seconds, requests };
  }

  async #timed<T>(act: () => Promise<T>): Promise<{ value: T; seconds: number; requests: number }> {
    this.#proxy.clear();
    const began = performance.now();
    const value = await act();
    return { value, seconds: (performance.now() - began) / 1000, requests: this.#proxy.log.length };
  }
}

const rounded = (seconds: number) => Math.round(seconds * 100) / 100;
