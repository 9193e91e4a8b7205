import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import type { MigrationRecord } from "../../migration/record.ts";
import { labPaths } from "../../lab/api.ts";
import { currentProfile } from "../../lab/settings.ts";
import { pulumiEnvironment } from "../../toolchain/environment.ts";
import { toolchainPaths } from "../../toolchain/paths.ts";
import { provideToolchain } from "../../toolchain/toolchain.ts";
import { testHome } from "./environment.ts";

/** What `pulumi preview --json` tells of one resource. */
export interface Step {
  op: string;
  urn: string;
  detailedDiff?: Record<string, unknown> | null;
  newState?: { type: string };
}

/** One entry of the stack's output `servers`. */
export interface ServerOutput {
  id: string;
  host: string;
  availabilityZone: string;
  /** Cinder ids by volume name. */
  volumes: Record<string, string>;
  migration: MigrationRecord;
}

export interface Result {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
}

/** A process of the CLI. */
export interface Running {
  pid: number;
  kill: (signal: NodeJS.Signals) => boolean;
  ended: Promise<Result>;
}

/** A host per server: what the tests edit. */
export type Hosts = Record<string, string>;

const REPOSITORY = join(import.meta.dirname, "../..");

/** The dev stack on the tests' own lab, with a backend of its own and a copy of its configuration to edit. */
export class Stack {
  readonly #pulumi: string;
  readonly #env: Record<string, string>;
  readonly configFile: string;
  readonly backend: string;

  private constructor(pulumi: string, env: Record<string, string>) {
    this.#pulumi = pulumi;
    this.#env = env;
    const home = testHome(currentProfile());
    this.configFile = join(home, "Pulumi.dev.yaml");
    this.backend = join(home, "pulumi");
  }

  static async open(): Promise<Stack> {
    const paths = toolchainPaths();
    const toolchain = await provideToolchain(() => undefined);
    const stack = new Stack(toolchain.pulumi, pulumiEnvironment(toolchain, paths));
    await mkdir(stack.backend, { recursive: true });
    await stack.run(["stack", "select", "--create", "dev"]);
    return stack;
  }

  /** Writes the configuration of the dev stack with these hosts. `edit` may change more of it. */
  async configure(hosts: Hosts, edit: (document: ReturnType<typeof parseDocument>) => void = () => undefined) {
    const document = parseDocument(await readFile(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8"));
    const key = (...path: string[]) => ["config", `openstack-live-migration:${path[0] ?? ""}`, ...path.slice(1)];
    document.setIn(key("defaults", "guest", "identityFile"), labPaths().guestKey);
    for (const [server, host] of Object.entries(hosts)) document.setIn(key("servers", server, "host"), host);
    edit(document);
    await writeFile(this.configFile, document.toString());
  }

  /** Runs the CLI to its end, whatever comes of it. */
  run(args: string[]): Promise<Result> {
    return this.start(args).ended;
  }

  /** Starts the CLI, in a process that can be killed. */
  start(args: string[]): Running {
    const child = execa(this.#pulumi, [...args, "--non-interactive"], {
      cwd: REPOSITORY,
      env: this.#env,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
    const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }));
    return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), ended };
  }

  up(): Promise<Result> {
    return this.run(["up", "--yes", "--skip-preview", "--config-file", this.configFile]);
  }

  startUp(): Running {
    return this.start(["up", "--yes", "--skip-preview", "--config-file", this.configFile]);
  }

  /** Configures and updates; throws with everything that Pulumi said if that fails. */
  async place(hosts: Hosts): Promise<Record<string, ServerOutput>> {
    await this.configure(hosts);
    const result = await this.up();
    if (result.exitCode !== 0) throw new Error(`pulumi up: ${result.stdout}\n${result.stderr}`);
    return await this.servers();
  }

  async preview(): Promise<{ steps: Step[]; result: Result }> {
    const result = await this.run(["preview", "--json", "--config-file", this.configFile]);
    const document = JSON.parse(result.stdout || "{}") as { steps?: Step[] };
    return { steps: document.steps ?? [], result };
  }

  async servers(): Promise<Record<string, ServerOutput>> {
    const { stdout } = await this.run(["stack", "output", "servers", "--json"]);
    return JSON.parse(stdout) as Record<string, ServerOutput>;
  }

  /** The whole state, secrets in the clear, as text to search. */
  async state(): Promise<string> {
    return (await this.run(["stack", "export", "--show-secrets"])).stdout;
  }
}

/** The steps that do something. */
export const changes = (steps: Step[]): Step[] => steps.filter(({ op }) => op !== "same" && op !== "read");
