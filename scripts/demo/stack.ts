import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";

import { execa } from "execa";

import { DEV_STACK, pulumiEnvironment, type Toolchain } from "../../toolchain/environment.ts";
import type { Paths } from "../../toolchain/paths.ts";
import { parseExport, type StackState } from "./agreement.ts";
import { DemoError, type Narrator } from "./narrator.ts";
import { shellQuote } from "../../text/shell.ts";

/** Variables that select the user's own stack, backend or cloud: removed, so that the demo touches only the lab. */
const NOT_HERE = /^(OS_|PULUMI_(BACKEND_URL|STACK|CONFIG_PASSPHRASE|CONFIG_PASSPHRASE_FILE)$)/;

/** The lab's dev stack, driven with the CLI. */
export class Stack {
  readonly #toolchain: Toolchain;
  readonly #paths: Paths;
  readonly #narrator: Narrator;
  readonly file: string;

  constructor(toolchain: Toolchain, paths: Paths, narrator: Narrator) {
    this.#toolchain = toolchain;
    this.#paths = paths;
    this.#narrator = narrator;
    this.file = path.join(paths.repository, `Pulumi.${DEV_STACK}.yaml`);
  }

  /** The environment that the CLI runs in; it names the lab's clouds.yaml once the lab is up. */
  environment(): Record<string, string> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_HERE.test(name)));
    return pulumiEnvironment(this.#toolchain, this.#paths, [], env);
  }

  /** Runs the CLI in this terminal. @throws DemoError when it fails. */
  async show(...args: string[]): Promise<void> {
    await this.#narrator.run(
      `npm run pulumi -- ${args.map(shellQuote).join(" ")}`,
      [this.#toolchain.pulumi, ...args],
      this.environment(),
    );
  }

  /** Runs the CLI and gives its stdout. @throws DemoError when it fails. */
  async ask(...args: string[]): Promise<string> {
    const { stdout, stderr, failed } = await this.#quietly(args);
    if (failed) throw new DemoError(`pulumi ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
    return stdout;
  }

  async exists(): Promise<boolean> {
    const stacks = JSON.parse(await this.ask("stack", "ls", "--json")) as { name: string }[];
    return stacks.some(({ name }) => name.split("/").at(-1) === DEV_STACK);
  }

  async state(): Promise<StackState> {
    return parseExport(await this.ask("stack", "export"));
  }

  /** Creates the stack if it does not exist, and removes the lock of a CLI that was killed. */
  async open(): Promise<void> {
    if (!(await this.exists())) await this.show("stack", "init", DEV_STACK);
    const holders = await this.#lockHolders();
    const living = await Promise.all(holders.map(isAlive));
    const alive = holders.filter((_, i) => living[i]);
    if (alive.length > 0) {
      const who = alive.map(({ pid, username }) => `${pid} of ${username}`).join(", ");
      throw new DemoError(`Another pulumi uses the stack ${DEV_STACK} (process ${who}): wait until it has ended.`);
    }
    if (holders.length > 0) {
      this.#narrator.say("Removing the lock of a pulumi that was killed.");
      await this.show("cancel", "--yes");
    }
  }

  async #lockHolders(): Promise<LockHolder[]> {
    const locks = path.join(this.#paths.backend, ".pulumi", "locks");
    const files = await readdir(locks, { recursive: true, withFileTypes: true }).catch(() => []);
    const ours = files.filter((file) => file.name.endsWith(".json") && path.basename(file.parentPath) === DEV_STACK);
    const texts = await Promise.all(
      ours.map((file) => readFile(path.join(file.parentPath, file.name), "utf8").catch(() => "")),
    );
    return texts.filter((text) => text !== "").map((text) => JSON.parse(text) as LockHolder);
  }

  #quietly(args: string[]) {
    return execa(this.#toolchain.pulumi, args, {
      cwd: this.#paths.repository,
      env: this.environment(),
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  }
}

interface LockHolder {
  pid: number;
  username: string;
  hostname: string;
}

/** A holder on another machine counts as alive. A process id may belong to another program by now. */
async function isAlive({ pid, hostname: where }: LockHolder): Promise<boolean> {
  if (where !== hostname()) return true;
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  return name.trim() === "pulumi";
}
