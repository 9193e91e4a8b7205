import { labApi, makeServer, setPace, type MadeServer, type Pace, type ServerWish } from "../../../lab/api.ts";
import type { Api } from "../../../lab/rest.ts";
import type { Migration } from "../../../openstack/compute/server-migration.ts";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, eventually, migrationCount, truth } from "./cloud.ts";
import { engine, startEngine, type EngineResult, type RunningEngine } from "./run-engine.ts";

/** Each is the source of one scenario at a time: Nova sends one server at a time from a host, and lets others queue. */
const SOURCES = ["node-01", "node-02", "node-03", "node-04"];
const free = [...SOURCES];
const waiting: ((host: string) => void)[] = [];

/** A server of its own for one test on the fleet. */
export interface Scenario {
  readonly id: string;
  readonly server: MadeServer;
  /** Where it was made; nobody else's server of this file leaves from there meanwhile. */
  readonly from: string;
  /** The next hosts: where it is to go, and another. */
  readonly to: string;
  readonly other: string;
  readonly cloud: Cloud;
  readonly api: Api;
  /** How its migrations go, from now on. */
  readonly pace: (pace: Pace) => void;
  /** `live-migrate run SERVER --host TO`. */
  readonly run: (args?: string[], env?: Record<string, string>) => Promise<EngineResult>;
  readonly start: (args?: string[], env?: Record<string, string>) => RunningEngine;
  /** `live-migrate COMMAND SERVER`. */
  readonly command: (name: string, args?: string[]) => Promise<EngineResult>;
  /** One of Nova's actions on the server, as its administrator. */
  readonly action: (body: Record<string, unknown>) => Promise<unknown>;
  /** What must never be lost, of this server. */
  readonly truth: () => ReturnType<typeof truth>;
  /** How often Nova was asked to move it. */
  readonly moves: () => Promise<number>;
  /** Waits for the newest record to be in one of these statuses. */
  readonly recorded: (...statuses: string[]) => Promise<Migration>;
}

/** What is special about a server; it may depend on the host where it is made. */
type Wish = Partial<ServerWish> | ((from: string) => Partial<ServerWish>);

/** Made once for a file's tests: `const scenarios = await Scenarios.open()`. */
export class Scenarios {
  readonly cloud: Cloud;
  readonly api: Api;

  private constructor(cloud: Cloud, api: Api) {
    this.cloud = cloud;
    this.api = api;
  }

  static async open(): Promise<Scenarios> {
    return new Scenarios(await connectLab(), await labApi());
  }

  close(): Promise<void> {
    return this.cloud.session.close();
  }

  /** Makes a server, lets the test play, and takes everything away again, however it ended. */
  async play<T>(wish: Wish, test: (scenario: Scenario) => Promise<T>): Promise<T> {
    const from = free.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
    try {
      const server = await makeServer(this.api, {
        name: `scenario-${crypto.randomUUID().slice(0, 8)}`,
        host: from,
        ...(typeof wish === "function" ? wish(from) : wish),
      });
      try {
        return await test(this.#scenario(server, from));
      } finally {
        setPace(undefined, server.id);
        await server.remove();
      }
    } finally {
      const next = waiting.shift();
      if (next) next(from);
      else free.push(from);
    }
  }

  #scenario(server: MadeServer, from: string): Scenario {
    const { cloud, api } = this;
    const { id } = server;
    const [to = "", other = ""] = [...SOURCES, ...SOURCES].slice(SOURCES.indexOf(from) + 1);
    const wish = (args: string[]) => [
      "run",
      id,
      ...(args.some((arg) => /^--(host|zone)$/.test(arg)) ? [] : ["--host", to]),
      ...args,
    ];
    return {
      id,
      server,
      from,
      to,
      other,
      cloud,
      api,
      pace: (pace) => {
        setPace(pace, id);
      },
      run: (args = [], env = {}) => engine(wish(args), env),
      start: (args = [], env = {}) => startEngine(wish(args), env),
      command: (name, args = []) => engine([name, id, ...args]),
      action: (body) => api.call("compute", "POST", `/servers/${id}/action`, body),
      truth: () => truth(cloud, id),
      moves: () => migrationCount(cloud, id),
      recorded: (...statuses) => recorded(cloud, id, ...statuses),
    };
  }
}

/** Waits for a server's newest live migration to be in one of these statuses. */
export function recorded(cloud: Cloud, serverId: string, ...statuses: string[]): Promise<Migration> {
  return eventually(`a migration of ${serverId} is ${statuses.join(" or ")}`, 180, async () => {
    const wish = { instanceId: serverId, migrationType: "live-migration", limit: 1 } as const;
    const [newest] = await cloud.compute.getMigrations(wish);
    return newest && statuses.includes(newest.status) && newest;
  });
}
