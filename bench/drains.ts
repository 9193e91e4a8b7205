import { readFileSync } from "node:fs";
import { execa } from "execa";
import { parse } from "yaml";
import { labApi, labEnv, labPaths, makeServer, setPace, type MadeServer } from "../lab/api.ts";
import { DrainSchema } from "../migration/contract/drain.ts";
import type { Cloud } from "../openstack/cloud.ts";
import { connectLab, eventually } from "../test/support/lab/cloud.ts";
import { FleetHost } from "../test/support/lab/fleet-host.ts";
import type { Drain, Tool } from "./drain-figures.ts";
import { eachOf } from "./each-of.ts";
import { idealSeconds, type EndedMigration } from "./scale-ideal.ts";

/** Nova's default, which the lab keeps: `max_concurrent_live_migrations`. */
const AT_ONCE = 1;
/** Sources of one measurement, the first of each; the others take the servers. */
const SOURCES = ["node-01", "node-02", "node-03", "node-04"];
/** How long the last server may take to leave, in seconds. */
const PATIENCE = 3600;

export interface DrainRequest {
  engine: string;
  servers: number;
  /** From how many hosts at once, one measurement each. */
  sources: readonly number[];
  /** How long the fake hypervisor copies memory, in seconds. */
  pace: number;
}

/** Drains the same servers by three tools, on the fleet profile. What it makes it takes away again. */
export async function drains(request: DrainRequest, print: (text: string) => void): Promise<Drain[]> {
  const cloud = await connectLab();
  const api = await labApi("fleet");
  const made: MadeServer[] = [];
  try {
    const names = Array.from({ length: request.servers }, (_, i) => `bench-drain-${process.pid}-${i + 1}`);
    print(`making ${names.length} servers`);
    await eachOf(names, async (name) => {
      made.push(await makeServer(api, { name, host: SOURCES[0] ?? "", dataVolumes: 0 }));
    });
    const measured: Drain[] = [];
    for (const count of request.sources) {
      const hosts = SOURCES.slice(0, count).map((name) => new FleetHost(cloud, api, name));
      measured.push(await new DrainBench(request, cloud, hosts, made, print).measure());
    }
    return measured;
  } finally {
    for (const { id } of made) setPace(undefined, id);
    await eachOf(made, (server) => server.remove());
    await cloud.session.close();
  }
}

class DrainBench {
  readonly #request: DrainRequest;
  readonly #cloud: Cloud;
  readonly #hosts: readonly FleetHost[];
  readonly #servers: readonly MadeServer[];
  readonly #print: (text: string) => void;

  constructor(
    request: DrainRequest,
    cloud: Cloud,
    hosts: readonly FleetHost[],
    servers: readonly MadeServer[],
    print: (text: string) => void,
  ) {
    this.#request = request;
    this.#cloud = cloud;
    this.#hosts = hosts;
    this.#servers = servers;
    this.#print = print;
  }

  async measure(): Promise<Drain> {
    const drain = await this.#timed("drain", () => this.#drain());
    const clientLoop = await this.#timed("clientLoop", () => this.#clientLoop());
    const hostEvacuateLive = await this.#timed("hostEvacuateLive", () => this.#evacuateLive());
    return {
      servers: this.#servers.length,
      sources: this.#hosts.length,
      seconds: drain.seconds,
      idealSeconds: idealSeconds(drain.migrations, AT_ONCE),
      clientLoopSeconds: clientLoop.seconds,
      hostEvacuateLiveSeconds: hostEvacuateLive.seconds,
      moved: { drain: drain.moved, clientLoop: clientLoop.moved, hostEvacuateLive: hostEvacuateLive.moved },
    };
  }

  /** @returns how many moves it has verified */
  async #drain(): Promise<number> {
    const args = ["drain", ...this.#names(), "--json"];
    const { stdout } = await this.#run(process.execPath, [this.#request.engine, ...args]);
    const { moves, summary, exitCode } = DrainSchema.parse(JSON.parse(stdout));
    if (exitCode !== 0) throw new Error(summary);
    return moves.filter(({ result }) => result === "migrated").length;
  }

  /** It waits until a server is ACTIVE again, and looks at nothing else. */
  async #clientLoop(): Promise<number> {
    const on = await this.#placed();
    await Promise.all(
      this.#hosts.map(async ({ name }) => {
        for (const { id } of on.get(name) ?? []) {
          const how = ["--os-compute-api-version", "2.90", "server", "migrate", "--live-migration", "--wait"];
          await this.#run("openstack", [...how, id]);
        }
      }),
    );
    return 0;
  }

  /** It asks for all moves at once and ends. */
  async #evacuateLive(): Promise<number> {
    const args = (host: string) => ["--os-compute-api-version", "2.90", "host-evacuate-live", host];
    await Promise.all(this.#names().map((name) => this.#run("nova", args(name))));
    await eventually("every server has left, or stays", PATIENCE, async () => {
      const servers = await this.#cloud.compute.getServers({ allProjects: true });
      const own = servers.filter(({ id }) => this.#servers.some((server) => server.id === id));
      return own.every(({ taskState }) => taskState === null);
    });
    return 0;
  }

  /** From hosts that are full and closed, as an operator closes them first. */
  async #timed(tool: Tool, act: () => Promise<number>) {
    await this.#fill();
    for (const host of this.#hosts) if (tool !== "drain") await host.set({ status: "disabled" });
    for (const { id } of this.#servers) setPace({ seconds: this.#request.pace }, id);
    const before = (await this.#cloud.compute.getMigrations({ limit: 1 }))[0]?.id ?? 0;
    const began = performance.now();
    const verified = await act().finally(async () => {
      for (const host of this.#hosts) await host.set({ status: "enabled" });
    });
    const seconds = Math.round((performance.now() - began) / 10) / 100;
    const left = [...(await this.#placed()).entries()].filter(([host]) => this.#names().includes(host));
    const arrived = this.#servers.length - left.flatMap(([, servers]) => servers).length;
    this.#print(`${tool}: ${arrived} of ${this.#servers.length} servers in ${seconds.toFixed(1)} s`);
    return { seconds, moved: { arrived, verified }, migrations: await this.#migrationsSince(before) };
  }

  async #migrationsSince(before: number): Promise<EndedMigration[]> {
    const all = await this.#cloud.compute.getMigrations({ migrationType: "live-migration", limit: 1000 });
    return all.flatMap(({ id, sourceCompute = "", status, createdAt = "", updatedAt = "" }) =>
      id > before && status === "completed"
        ? [{ source: sourceCompute, createdAt: Date.parse(createdAt), endedAt: Date.parse(updatedAt) }]
        : [],
    );
  }

  /** Brings every server to its source, without a copy of memory worth the name. */
  async #fill(): Promise<void> {
    for (const { id } of this.#servers) setPace({ seconds: 0.1 }, id);
    const wanted = Map.groupBy(
      this.#servers.map(({ id }, i) => ({ id, host: this.#names()[i % this.#names().length] ?? "" })),
      ({ host }) => host,
    );
    await Promise.all(
      [...wanted].map(async ([host, servers]) => {
        const args = ["run", ...servers.map(({ id }) => id), "--host", host, "--parallel", "4", "--json"];
        await this.#run(process.execPath, [this.#request.engine, ...args]);
      }),
    );
  }

  /** Servers by the host that they are on. */
  async #placed(): Promise<Map<string, MadeServer[]>> {
    const servers = await this.#cloud.compute.getServers({ allProjects: true });
    const hostOf = new Map(servers.map(({ id, host }) => [id, host ?? ""]));
    return Map.groupBy(this.#servers, ({ id }) => hostOf.get(id) ?? "");
  }

  readonly #names = () => this.#hosts.map(({ name }) => name);

  readonly #run = (file: string, args: string[]) =>
    execa(file, args, { env: { ...labEnv("fleet"), ...novaEnv() }, stdin: "ignore" });
}

/** The administrator's account for `nova`, which reads no clouds.yaml. */
function novaEnv(): Record<string, string> {
  const { clouds } = parse(readFileSync(labPaths("fleet").cloudsFile, "utf8")) as {
    clouds: { lab: { auth: Record<string, string>; region_name?: string } };
  };
  const { auth, region_name: region } = clouds.lab;
  const entries = Object.entries(auth).map(([name, value]) => [`OS_${name.toUpperCase()}`, value] as const);
  return { ...Object.fromEntries(entries), ...(region !== undefined && { OS_REGION_NAME: region }) };
}
