import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { VolumeBackedServerArgs } from "../../../components/volume-backed-server-args.ts";
import { REPOSITORY } from "../../../toolchain/paths.ts";
import { tinyProgram, type TinyProgram } from "./tiny-program.ts";

/** Servers by their resources' names. */
export type Servers = Record<string, VolumeBackedServerArgs>;

/** A step of `pulumi preview --json`. */
export interface PlannedStep {
  op: string;
  urn: string;
  oldState?: { retainOnDelete?: boolean };
}

/** A stack whose program is nothing but `VolumeBackedServer`s. */
export interface ServerStack {
  pulumi: TinyProgram["pulumi"];
  declare: (servers: Servers) => Promise<void>;
  /** `pulumi preview --json`: every step, and everything that was said. */
  preview: () => Promise<{ exitCode: number | undefined; steps: PlannedStep[]; said: string }>;
  /** The program's own resources, as the state has them. */
  readState: () => Promise<State>;
  writeState: (state: State) => Promise<void>;
  remove: () => Promise<void>;
}

export interface State {
  deployment: { resources: { urn: string }[] };
}

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as openstack from "@pulumi/openstack";
import { VolumeBackedServer } from ${JSON.stringify(join(REPOSITORY, "components/volume-backed-server.ts"))};
const providers = [new openstack.Provider("cloud", { cloud: "lab" })];
for (const [name, args] of Object.entries(JSON.parse(readFileSync("servers.json", "utf8")))) {
  new VolumeBackedServer(name, args, { providers });
}`;

export async function serverStack(): Promise<ServerStack> {
  const program = await tinyProgram(PROGRAM);
  const { folder } = program;
  const pulumi: TinyProgram["pulumi"] = (...args) => program.pulumi(...args);
  const stateFile = join(folder, "state.json");
  return {
    pulumi: (...args) => pulumi(...args, "--non-interactive"),
    declare: (servers) => writeFile(join(folder, "servers.json"), JSON.stringify(servers)),
    async preview() {
      const { exitCode, stdout, all } = await pulumi("preview", "--json", "--non-interactive");
      const { steps = [] } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { steps?: PlannedStep[] };
      return { exitCode, steps, said: all };
    },
    async readState() {
      return JSON.parse((await pulumi("stack", "export", "--show-secrets")).stdout) as State;
    },
    async writeState(state) {
      await writeFile(stateFile, JSON.stringify(state));
      const { exitCode, all } = await pulumi("stack", "import", "--file", stateFile);
      if (exitCode !== 0) throw new Error(all);
    },
    remove: () => program.remove(),
  };
}
