/** Programs of a user's own in YAML, on the engine alone, and on Pulumi's Automation API. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../openstack/cloud.ts";
import { connectLab, migrationCount, truth, wholeOn } from "../../support/lab/cloud.ts";
import { changesByName, Stack } from "../../support/stack/stack.ts";

const [HOME, ELSEWHERE, THIRD] = ["node-03", "node-04", "node-05"];
const EXAMPLES = join(import.meta.dirname, "../../../examples");
const UPDATE = ["update command:local:Command yaml_vm01"];

let cloud: Cloud;
let stack: Stack;
let id: string;

beforeAll(async () => {
  cloud = await connectLab();
  stack = await Stack.open({ name: "yaml", example: "yaml", env: { OS_CLOUD: "lab" } });
});
afterAll(async () => {
  await stack.run(["state", "unprotect", "--all", "--yes"]);
  await stack.destroy();
  await cloud.session.close();
});

async function configure(host: string): Promise<void> {
  const values = [`host=${host}`, "flavor=m1.nano", "image=guest", "network=flat"];
  const set = await stack.run(["config", "set-all", ...values.flatMap((value) => ["--plaintext", value])]);
  expect(set.exitCode, set.stderr).toBe(0);
}

interface Outputs {
  serverId: string;
  runsOn: { host: string; availabilityZone: string };
}

async function upAndRead(): Promise<Outputs> {
  const { exitCode, stdout, stderr } = await stack.up();
  expect(exitCode, stdout + stderr).toBe(0);
  return JSON.parse((await stack.run(["stack", "output", "--json"])).stdout) as Outputs;
}

describe("a program in YAML", () => {
  it("creates its server on `host`, through the plugin", async () => {
    await configure(HOME);
    const created = await upAndRead();
    id = created.serverId;
    expect(created.runsOn.host).toBe(HOME);
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
  });

  it("moves the running server when `host` is edited, by an update of the command alone", async () => {
    await configure(ELSEWHERE);
    const planned = await stack.preview();
    expect([planned.result.exitCode, changesByName(planned.steps)], planned.said).toEqual([0, UPDATE]);
    expect(planned.said).toContain(ELSEWHERE);
    expect((await upAndRead()).runsOn.host).toBe(ELSEWHERE);
    expect(await truth(cloud, id)).toEqual(wholeOn(ELSEWHERE, 1));
    expect(await migrationCount(cloud, id)).toBe(1);
  });

  it("has a command line in its state that names no directory of this machine, and then no change", async () => {
    const line = String.raw`exec node \"${"${XDG_CACHE_HOME:-$HOME/.cache}"}/openstack-live-migration/plugin/yaml%2Fdev\" run --json-on-success`;
    expect(await stack.state()).toContain(`"create": "${line}"`);
    const { result, steps, said } = await stack.preview();
    expect([result.exitCode, changesByName(steps)], said).toEqual([0, []]);
  });

  it("is told in the preview why a move can never be made", async () => {
    await configure("node-99");
    const { result, said } = await stack.preview();
    expect(result.exitCode, said).not.toBe(0);
    expect(said + result.stderr).toMatch(/node-99/);
    expect(await truth(cloud, id)).toEqual(wholeOn(ELSEWHERE, 1));
  });
});

describe("a program on the Automation API", () => {
  it("changes `host` and applies it", async () => {
    await configure(ELSEWHERE);
    const { exitCode, stdout, stderr } = await stack.node([
      join(EXAMPLES, "automation/move.ts"),
      stack.folder,
      "dev",
      HOME,
    ]);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ host: HOME });
    expect(await truth(cloud, id)).toEqual(wholeOn(HOME, 1));
  });
});

describe("a program on the engine alone", () => {
  const run = (host: string) => stack.node([join(EXAMPLES, "engine/move.ts"), id, host]);

  it("moves a server, says where it is, and exits 0", async () => {
    const { exitCode, stdout, stderr } = await run(THIRD);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`moved live from ${HOME} to ${THIRD}`));
    expect(await truth(cloud, id)).toEqual(wholeOn(THIRD, 1));
  });

  it("names what stops a move, and exits 3", async () => {
    const { exitCode, stdout } = await run("node-99");
    expect([exitCode, stdout]).toEqual([3, expect.stringMatching(/blocker: .*node-99.* Fix: /)]);
    expect(await truth(cloud, id)).toEqual(wholeOn(THIRD, 1));
  });
});
