/** Programs of a user's own in YAML and Go, on Pulumi's Automation API, and on the engine alone. */
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../openstack/cloud.ts";
import { provideGo } from "../../toolchain/go.ts";
import { REPOSITORY } from "../../toolchain/paths.ts";
import { readVersions } from "../../toolchain/versions.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../support/lab/cloud.ts";
import { changesByName, Stack } from "../support/stack/stack.ts";

const [HOME, ELSEWHERE, THIRD] = ["node-03", "node-04", "node-05"];
const EXAMPLES = join(REPOSITORY, "examples");
/** On a busy machine, Go compiles Pulumi's SDK for minutes when it does so for the first time. */
const COMPILING = 900_000;

interface Program {
  language: "yaml" | "go";
  stack: Stack;
  /** Id of its server, once that is made. */
  id: string;
}

let cloud: Cloud;
let programs: Program[];
let yaml: Program;
let go: Program;

/** In parallel: most of it is waiting. */
const inEach = <T>(what: (program: Program) => Promise<T>): Promise<T[]> => Promise.all(programs.map(what));

/** With the flags of the toolchain's own build, whose compiled packages this takes from Go's cache. */
async function goEnvironment(): Promise<Record<string, string>> {
  const { command } = await provideGo((await readVersions(REPOSITORY)).go, process.env, console.error);
  const path = [dirname(command), process.env["PATH"] ?? ""].join(delimiter);
  return { PATH: path, CGO_ENABLED: "0", GOFLAGS: "-trimpath -buildvcs=false" };
}

async function open(language: Program["language"], env: Record<string, string>): Promise<Program> {
  // `package add` also runs `npm install` for the plugin, whose packages are there, and in use by other tests.
  const around = { OS_CLOUD: "lab", npm_config_dry_run: "true", ...env };
  const stack = await Stack.open({ name: language, example: language, env: around });
  if (language === "go") await succeed(stack, ["package", "add", join(REPOSITORY, "plugin")]);
  return { language, stack, id: "" };
}

beforeAll(async () => {
  cloud = await connectLab();
  yaml = await open("yaml", {});
  go = await open("go", await goEnvironment());
  programs = [yaml, go];
}, COMPILING);
afterAll(async () => {
  await inEach(async ({ stack }) => {
    await stack.run(["state", "unprotect", "--all", "--yes"]);
    await stack.destroy();
  });
  await cloud.session.close();
});

async function succeed(stack: Stack, args: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await stack.run(args);
  expect([args[0], exitCode], stdout + stderr).toEqual([args[0], 0]);
}

async function configure({ stack }: Program, host: string): Promise<void> {
  const values = [`host=${host}`, "flavor=m1.nano", "image=guest", "network=flat"];
  await succeed(stack, ["config", "set-all", ...values.flatMap((value) => ["--plaintext", value])]);
}

interface Outputs {
  serverId: string;
  runsOn: { host: string; availabilityZone: string };
}

async function upAndRead({ language, stack }: Program): Promise<Outputs> {
  const { exitCode, stdout, stderr } = await stack.up();
  expect([language, exitCode], stdout + stderr).toEqual([language, 0]);
  return JSON.parse((await stack.run(["stack", "output", "--json"])).stdout) as Outputs;
}

describe("a program in YAML, and one in Go,", () => {
  it(
    "creates its server on `host`, through the plugin",
    async () => {
      await inEach(async (program) => {
        await configure(program, HOME);
        const created = await upAndRead(program);
        program.id = created.serverId;
        expect(created.runsOn.host).toBe(HOME);
        expect(await truth(cloud, program.id)).toEqual(wholeOn(HOME, 1));
      });
    },
    COMPILING,
  );

  it("moves the running server when `host` is edited, by an update of the command alone", async () => {
    await configure(go, ELSEWHERE);
    const { result, steps, said } = await go.stack.preview();
    const update = ["update command:local:Command go_vm01"];
    expect([result.exitCode, changesByName(steps)], said).toEqual([0, update]);
    expect(said).toContain(ELSEWHERE);
    expect((await upAndRead(go)).runsOn.host).toBe(ELSEWHERE);
    expect(await truth(cloud, go.id)).toEqual(wholeOn(ELSEWHERE, 1));
    expect(await migrationCount(cloud, go.id)).toBe(1);
  });

  it("is changed and applied by a program on the Automation API", async () => {
    const args = [join(EXAMPLES, "automation/move.ts"), yaml.stack.folder, "dev", ELSEWHERE];
    const { exitCode, stdout, stderr } = await yaml.stack.node(args);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ host: ELSEWHERE });
    expect(await truth(cloud, yaml.id)).toEqual(wholeOn(ELSEWHERE, 1));
  });

  it("has a command line in its state that names no directory of this machine, and then no change", async () => {
    await inEach(async ({ language, stack }) => {
      const line = `exec node \\"\${XDG_CACHE_HOME:-$HOME/.cache}/openstack-live-migration/plugin/${language}%2Fdev\\" run --json-on-success`;
      expect(await stack.state()).toContain(`"create": "${line}"`);
      const { result, steps, said } = await stack.preview();
      expect([language, result.exitCode, changesByName(steps)], said).toEqual([language, 0, []]);
    });
  });

  it("is told in the preview why a move can never be made", async () => {
    await configure(yaml, "node-99");
    const { result, said } = await yaml.stack.preview();
    expect(result.exitCode, said).not.toBe(0);
    expect(said + result.stderr).toMatch(/node-99/);
    expect(await truth(cloud, yaml.id)).toEqual(wholeOn(ELSEWHERE, 1));
  });
});

describe("a program on the engine alone", () => {
  const run = (host: string) => yaml.stack.node([join(EXAMPLES, "engine/move.ts"), yaml.id, host]);

  it("moves a server, says where it is, and exits 0", async () => {
    const { exitCode, stdout, stderr } = await run(THIRD);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`moved live from ${ELSEWHERE} to ${THIRD}`));
    expect(await truth(cloud, yaml.id)).toEqual(wholeOn(THIRD, 1));
  });

  it("names what stops a move, and exits 3", async () => {
    const { exitCode, stdout } = await run("node-99");
    expect([exitCode, stdout]).toEqual([3, expect.stringMatching(/blocker: .*node-99.* Fix: /)]);
    expect(await truth(cloud, yaml.id)).toEqual(wholeOn(THIRD, 1));
  });
});
