import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument, type Document } from "yaml";
import type { MigrationRecord } from "../../../migration/contract/record.ts";
import { labPaths } from "../../../lab/api.ts";
import { currentProfile } from "../../../lab/settings.ts";
import { pulumiEnvironment } from "../../../toolchain/environment.ts";
import { toolchainPaths } from "../../../toolchain/paths.ts";
import { provideToolchain } from "../../../toolchain/toolchain.ts";
import { testHome } from "../environment.ts";

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

/** What a preview would do, and all that it says. */
export interface Preview {
  steps: Step[];
  said: string;
  result: Result;
}

/** A process of the CLI. */
export interface Running {
  pid: number;
  kill: (signal: NodeJS.Signals) => boolean;
  ended: Promise<Result>;
}

/** A host per server: what the tests edit. */
export type Hosts = Record<string, string>;

const REPOSITORY = join(import.meta.dirname, "../../..");

const INIT = ["stack", "select", "--create", "dev"];

const keyOf = (setting: string) => `openstack-live-migration:${setting}`;

/** Where a setting of the program stands in a stack's file. @example settingPath("servers", "admin_vm01", "host") */
export const settingPath = (setting: string, ...path: string[]): string[] => ["config", keyOf(setting), ...path];

/** What servers of the fleet have in common: no guest to look into, and nothing that is hard to take away. */
export const FLEET_DEFAULTS = {
  flavor: "m1.nano",
  networks: ["flat"],
  bootVolume: { image: "guest", sizeGiB: 1 },
  protect: false,
};

/** `pulumi new typescript` writes these. */
const TEMPLATE_OPTIONS = {
  strict: true,
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  outDir: "bin",
};

export interface StackOptions {
  /** Sets its backend and its file apart from those of other stacks of the profile. @default those of the profile itself */
  name?: string;
  /** Forgets what a stack of this name left, of a lab that is gone. @default false */
  fresh?: boolean;
  /** The program's settings, instead of those of the dev stack. @example { servers: { vm: { host: "node-07" } } } */
  config?: { cloud?: string; zones?: unknown; defaults?: unknown; servers?: unknown };
  /** Folder of an example, whose program runs instead of the repository's own. */
  example?: string;
  /** Set or, where undefined, unset for the CLI. */
  env?: Record<string, string | undefined>;
}

/**
 * A stack on the tests' own lab, with a backend and a configuration file of its own. To Pulumi it is called `dev`,
 * whatever its name here: what it writes for a new stack of another name would end up in the repository.
 */
export class Stack {
  readonly #pulumi: string;
  readonly #env: Record<string, string>;
  readonly #config: StackOptions["config"];
  /** Where the program is. */
  readonly folder: string;
  readonly configFile: string;
  readonly backend: string;

  private constructor(pulumi: string, env: Record<string, string>, { name, config, example }: StackOptions) {
    const home = join(testHome(currentProfile()), ...(name === undefined ? [] : [name]));
    this.#pulumi = pulumi;
    this.folder = example === undefined ? REPOSITORY : home;
    this.configFile = join(home, "Pulumi.dev.yaml");
    this.backend = join(home, "pulumi");
    this.#env = { ...env, PULUMI_BACKEND_URL: `file://${this.backend}` };
    this.#config = config && { cloud: "lab", defaults: FLEET_DEFAULTS, ...config };
  }

  /** Opens a stack as it was left, or makes it. */
  static async open(options: StackOptions = {}): Promise<Stack> {
    const paths = toolchainPaths();
    const toolchain = await provideToolchain(() => undefined);
    const env = pulumiEnvironment(toolchain, paths, [], { ...process.env, ...options.env });
    const stack = new Stack(toolchain.pulumi, env, options);
    if (options.fresh === true) await rm(stack.backend, { recursive: true, force: true });
    await mkdir(stack.backend, { recursive: true });
    if (options.example !== undefined) await stack.#copyExample(options.example);
    await stack.run(INIT);
    return stack;
  }

  /** Where the CLI may write its configuration: in the repository it would stay. */
  async #copyExample(example: string): Promise<void> {
    const from = join(REPOSITORY, "examples", example);
    for (const file of await readdir(from)) await this.#write(file, await readFile(join(from, file), "utf8"));
  }

  /** A file of an example, with the repository's own place instead of the way there. */
  async #write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text.replaceAll(/(?<=[ "])\.\.\/\.\.\//g, `${REPOSITORY}/`));
  }

  /** Runs a program of Node.js in the environment of the CLI, to its end. */
  async node(args: string[]): Promise<Result> {
    const options = { cwd: this.folder, env: this.#env, extendEnv: false, reject: false, stdin: "ignore" } as const;
    const { exitCode, stdout, stderr } = await execa("node", args, options);
    return { exitCode, stdout, stderr };
  }

  /** Replaces the program of an example. */
  async edit(source: string): Promise<void> {
    await this.#write("index.ts", source);
  }

  /**
   * Makes the program one of a user's own: as Pulumi's template for TypeScript has it, with the installed package instead of
   * this repository's sources.
   *
   * @param installed the folder whose node_modules have it
   */
  async adopt(program: string, installed: string): Promise<void> {
    const link = join(this.folder, "node_modules");
    await rm(link, { force: true });
    await symlink(join(installed, "node_modules"), link);
    const files = {
      "Pulumi.yaml": "name: own-instance\nruntime: nodejs\n",
      "package.json": JSON.stringify({ name: "own-instance", main: "index.ts" }),
      "tsconfig.json": JSON.stringify({ compilerOptions: TEMPLATE_OPTIONS, files: ["index.ts"] }),
      "index.ts": program,
    };
    for (const [file, text] of Object.entries(files)) await writeFile(join(this.folder, file), text);
  }

  /** Writes the configuration with these hosts. `edit` may change more of it. */
  async configure(hosts: Hosts, edit: (document: Document) => void = () => undefined) {
    const document = parseDocument(await readFile(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8"));
    if (this.#config === undefined) {
      document.setIn(settingPath("defaults", "guest", "identityFile"), labPaths().guestKey);
    } else {
      const own = Object.entries(this.#config).map(([setting, value]) => [keyOf(setting), value]);
      document.set("config", document.createNode(Object.fromEntries(own)));
    }
    for (const [server, host] of Object.entries(hosts)) document.setIn(settingPath("servers", server, "host"), host);
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
      cwd: this.folder,
      env: this.#env,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
    const ended = child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }));
    return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), ended };
  }

  up(): Promise<Result> {
    return this.startUp().ended;
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

  async preview(): Promise<Preview> {
    const result = await this.run(["preview", "--json", "--config-file", this.configFile]);
    const document = JSON.parse(result.stdout || "{}") as { steps?: Step[]; diagnostics?: { message: string }[] };
    const said = (document.diagnostics ?? []).map(({ message }) => message).join("\n");
    return { steps: document.steps ?? [], said, result };
  }

  /** Destroys everything that the stack holds; throws with everything that Pulumi said if that fails. */
  async destroy(): Promise<void> {
    const result = await this.run(["destroy", "--yes", "--skip-preview", "--config-file", this.configFile]);
    if (result.exitCode !== 0) throw new Error(`pulumi destroy: ${result.stdout}\n${result.stderr}`);
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

/** `op type name` of each step that does something. */
export const changesByName = (steps: Step[]): string[] =>
  changes(steps)
    .map(({ op, urn }) => `${op} ${urn.split("::").slice(-2).join(" ").split("$").at(-1) ?? ""}`)
    .sort();

/** The steps that do something. */
export const changes = (steps: Step[]): Step[] => steps.filter(({ op }) => op !== "same" && op !== "read");
